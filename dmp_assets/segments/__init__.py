"""Groups of people and who is in them."""
