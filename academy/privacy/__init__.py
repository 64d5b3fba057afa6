"""People's rights: consents, a copy of their data, being forgotten, and how long we keep what."""
