"""Orders: what the business sold, each order made once of all that shop and web report of it."""
