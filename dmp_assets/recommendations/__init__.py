"""What to offer to whom, and the proof."""
