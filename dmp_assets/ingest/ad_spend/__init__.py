"""Reports of ad platforms, brought to one table in true units."""
