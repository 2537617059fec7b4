"""Reports of orders for tests."""
