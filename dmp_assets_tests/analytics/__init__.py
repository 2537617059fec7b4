"""Tests of what analysts' views are made over."""
