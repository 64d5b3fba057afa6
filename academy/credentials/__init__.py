"""Badges: issued, shown, verified and revoked."""
