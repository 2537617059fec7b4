"""Exchange rates: read, and applied to amounts."""
