"""Metrics: accuracy, beyond accuracy, and what a policy would have earned."""
