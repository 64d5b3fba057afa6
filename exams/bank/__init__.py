"""Exams and what is asked in them."""
