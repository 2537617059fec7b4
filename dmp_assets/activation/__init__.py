"""Audiences out: who is in a file for a destination, who is not and why, and the ledger of all deliveries."""
