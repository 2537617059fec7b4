"""Files of the simulated world and the truth that is told from them."""
