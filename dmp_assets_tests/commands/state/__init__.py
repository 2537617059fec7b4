"""Tests of dmp status and dmp doctor."""
