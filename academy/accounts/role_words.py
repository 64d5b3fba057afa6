"""Roles and places in words."""

from academy.i18n import _l
from academy.permissions import Role

ROLE_NAMES = {
    Role.LEARNER: _l("Learner"),
    Role.INSTRUCTOR: _l("Instructor"),
    Role.PROGRAMME_MANAGER: _l("Programme manager"),
    Role.REVIEWER: _l("Reviewer"),
    Role.CLIENT: _l("Client"),
    Role.OPERATOR: _l("Operator"),
    Role.ADMINISTRATOR: _l("Administrator"),
}


def role_called(value: str) -> str:
    """A role as it was noted, in words; as it was noted, if it comes from another version."""
    return str(ROLE_NAMES[Role(value)]) if value in set(Role) else value
