"""Tests of campaigns over several modules."""
