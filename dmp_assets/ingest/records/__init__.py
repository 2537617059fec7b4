"""Records: mapped, standardised, judged, and gathered into raw tables."""
