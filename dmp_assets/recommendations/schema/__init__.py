"""Contracts of the tables of ``recommendations``."""
