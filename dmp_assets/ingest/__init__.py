"""Landing files in, records out."""
