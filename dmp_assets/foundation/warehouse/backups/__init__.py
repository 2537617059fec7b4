"""Copies of the warehouse for safe keeping: made beside running work, and put back only where they are whole."""
