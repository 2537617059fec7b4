"""Sums of people: what profiles are made of, added to day by day."""
