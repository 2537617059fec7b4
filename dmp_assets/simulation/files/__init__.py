"""Files of the simulated world, as sources deliver them, and the truth about it."""
