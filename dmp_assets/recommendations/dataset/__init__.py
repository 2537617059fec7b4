"""The data: who took what, with what weight, and what is held out."""
