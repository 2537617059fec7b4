"""The choice: candidates race, a gate decides, held-out days prove it."""
