"""The only package that opens DuckDB."""
