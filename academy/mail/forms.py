"""What a person may tell us about letters."""

from typing import Any

from wtforms import BooleanField

from academy.forms import AcademyForm
from academy.mail.rules import OPTIONAL, Group
from academy.mail.words import GROUP_NAMES, GROUP_USES


def _choice(group: Group) -> Any:
    return BooleanField(GROUP_NAMES[group], description=GROUP_USES[group])


class ChoicesForm(AcademyForm):
    """One box for each group of letters that may be switched off."""

    course = _choice(Group.COURSE)
    class_ = _choice(Group.CLASS)
    work = _choice(Group.WORK)
    news = _choice(Group.NEWS)

    def chosen(self) -> dict[Group, bool]:
        return {group: bool(self._of(group).data) for group in OPTIONAL}

    def show(self, wanted: dict[Group, bool]) -> None:
        for group, value in wanted.items():
            self._of(group).data = value

    def _of(self, group: Group) -> Any:
        return self["class_" if group is Group.CLASS else group.value]


class NothingForm(AcademyForm):
    """A button that asks nothing."""
