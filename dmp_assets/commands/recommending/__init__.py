"""What ``dmp recommend`` asks the analysts' file."""
