"""Marking, results and the badge that follows."""
