"""One step of the tables per module."""
