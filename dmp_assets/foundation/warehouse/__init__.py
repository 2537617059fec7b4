"""The warehouse: the only room that opens DuckDB. It knows no domain, and no Dagster."""
