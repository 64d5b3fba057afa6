"""Courses, modules, lessons and their steps."""
