"""Keeping stored tables up to date: what they were made of, what changed since, and the update that follows."""
