"""What a run has done, for the person who started it: what changed, what was refused, what to do next."""
