"""Records in, clean events, sessions and daily activity out."""
