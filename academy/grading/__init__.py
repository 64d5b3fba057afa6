"""Grading against gold. Pure: values in, report out; no request, no row, no clock."""
