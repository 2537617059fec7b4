"""The landing folder: its ledger, and reading it in several processes."""
