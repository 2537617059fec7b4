"""Orchestration: jobs, schedules, sensors, partitions, and what is stale."""
