"""People: sign up, sign in, profile, roles."""
