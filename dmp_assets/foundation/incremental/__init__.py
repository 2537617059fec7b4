"""Incremental work: what tables were made of, and what changed since."""
