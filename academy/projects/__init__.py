"""Paid work: who may take it, leases, review and earnings."""
