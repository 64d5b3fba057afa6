"""Centres, cohorts, meetings, seats and who is here."""
