"""Readers: CSV, JSON and Parquet files in, records as text out."""
