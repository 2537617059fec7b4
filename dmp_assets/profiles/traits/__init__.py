"""Computed traits: declared in ``traits.yaml``, computed from events."""
