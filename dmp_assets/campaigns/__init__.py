"""What campaigns cost and brought."""
