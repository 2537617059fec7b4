"""The report: the pages of all domains as a static site beside the analysts' file, one edition with it."""
