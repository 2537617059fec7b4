"""Tests of the domain of audiences."""
