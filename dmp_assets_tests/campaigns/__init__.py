"""Tests of campaign ROI."""
