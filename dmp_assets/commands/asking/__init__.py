"""Questions to the analysts' file: recipes, how words find them, and how answers are written."""
