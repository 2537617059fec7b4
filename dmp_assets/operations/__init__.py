"""How the platform runs: web server guard, event log, start and restart."""
