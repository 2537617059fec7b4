"""The simulated world: its files, its truth, and that the two agree."""
