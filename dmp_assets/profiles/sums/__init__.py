"""Person sums: what profiles are made of, updated day by day."""
