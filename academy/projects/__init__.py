"""Paid work: who may take it, holding a unit, review, rework and being paid."""
