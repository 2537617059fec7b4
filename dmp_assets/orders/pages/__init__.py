"""Pages of the report about orders."""
