"""Reports on the data themselves: what each day's columns hold, and how good that is."""
