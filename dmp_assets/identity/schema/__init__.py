"""Contracts of the tables of ``identity``."""
