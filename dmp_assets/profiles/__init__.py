"""One row per person."""
