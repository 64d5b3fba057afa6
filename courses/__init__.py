"""Where people learn."""
