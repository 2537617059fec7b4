"""The ground: what every domain stands on. It knows no domain."""
