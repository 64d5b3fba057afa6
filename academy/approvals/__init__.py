"""Decisions that one person asks for and another takes."""
