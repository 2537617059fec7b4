"""A self-hosted AI data management platform for data-driven marketing."""
