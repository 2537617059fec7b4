"""Ranking: members blended, re-ranked, and the best places kept."""
