"""Exports of the simulated world: their files, their truth, and that the two agree."""
