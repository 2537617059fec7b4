"""The warehouse: the only room that opens DuckDB. It knows no domain and, of Dagster, ``dagster-duckdb`` alone."""
