"""Tests of the orders as a whole."""
