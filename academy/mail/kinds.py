"""The letters of this room itself."""

from academy.mail.rules import Group, LetterKind, register

TRIAL = register(LetterKind("academy.mail.trial", Group.SECURITY, {}))
"""Sent by `academy mail try`, to see whether mail leaves the house."""
