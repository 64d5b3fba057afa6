"""Every act that is written down (see audit.py), in words. A room that notes a new act adds its line here."""

from typing import Any

from academy.i18n import _l

ACT_NAMES: dict[str, Any] = {
    # accounts
    "signed up": _l("Account made"),
    "name changed": _l("Name changed"),
    "password changed": _l("Password changed"),
    "role granted": _l("Role given"),
    "role revoked": _l("Role taken away"),
    # factors
    "factor added": _l("Second step added"),
    "factor removed": _l("Second step removed"),
    "factors removed": _l("All second steps removed"),
    "recovery codes made": _l("Recovery codes made"),
    "recovery code used": _l("Recovery code used"),
    # federation
    "sign-in elsewhere linked": _l("Sign-in with another service linked"),
    "sign-in elsewhere unlinked": _l("Sign-in with another service unlinked"),
    # privacy
    "consent written down": _l("Consent written down"),
    # mail
    "letter sent again": _l("Letter sent again"),
    # approvals
    "approval asked": _l("Second person asked to agree"),
    "approval given": _l("Agreed as the second person"),
    "approval refused": _l("Refused as the second person"),
    "approval withdrawn": _l("Request withdrawn"),
    # credentials
    "badge revoked": _l("Badge taken back"),
    # audit
    "audit exported": _l("List of acts exported"),
}


def act_words(act: str) -> str:
    """The act as a person reads it; as it was noted, if it comes from another version."""
    return str(ACT_NAMES.get(act, act))
