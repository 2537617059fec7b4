"""Page of the report about customers, and its sections."""
