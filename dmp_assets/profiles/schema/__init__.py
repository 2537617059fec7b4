"""Contracts of the tables of ``profiles``."""
