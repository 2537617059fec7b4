"""The command line ``dmp``: thin, every command is a call into the rooms that do the work."""
