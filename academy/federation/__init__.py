"""Sign-in by another house: OpenID Connect and OAuth 2."""
