"""The analysts' file: what an edition holds, who may read it, and how it is swapped in."""
