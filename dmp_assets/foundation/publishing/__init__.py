"""Publishing: the Dagster half of the warehouse, from contract to asset."""
