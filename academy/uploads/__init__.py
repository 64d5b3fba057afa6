"""The one door for files that people bring."""
