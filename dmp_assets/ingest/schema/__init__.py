"""Contracts of the tables of ``ingest``."""
