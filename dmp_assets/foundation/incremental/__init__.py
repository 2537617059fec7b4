"""The update of stored tables: what they were made of, what changed since, and the rows to write."""
