"""Files as bytes: decompression, lines, batches, staging, limits."""
