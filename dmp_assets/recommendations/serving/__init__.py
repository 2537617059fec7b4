"""Serving: lists for everybody, under the rules of what may be shown."""
