"""Tests of what a run says at its end."""
