"""How the folder and the machine are, at this moment; nothing is changed, and Dagster is not loaded."""
