"""What the pages of people and roles may send."""

from typing import Any

from wtforms import HiddenField, RadioField, SelectField, StringField, ValidationError
from wtforms.validators import Optional

from academy.accounts import scopes
from academy.accounts.forms import check_email
from academy.accounts.models import User
from academy.accounts.role_words import ROLE_NAMES
from academy.accounts.scopes import WrongPlace
from academy.forms import AcademyForm
from academy.i18n import LANGUAGE_NAMES, _, _l
from academy.permissions import EVERYWHERE, Permission, Role

GIVEN = tuple(role for role in Role if role is not Role.LEARNER)
NOBODY_IN_PARTICULAR = ""
UNSAID = "?"
"""No place was chosen yet: the widest one is never chosen by leaving a field as it is."""


def places_for(giver: User) -> dict[str, Any]:
    """What somebody may choose as the place of a role they give, in groups as a select field draws them."""
    unsaid = {_("Please choose"): [(UNSAID, _("Where does it count?"))]}
    if giver.may(Permission.ADMINISTER):
        everywhere = {_("The whole academy"): [(EVERYWHERE, _("Everywhere"))]}
        groups = {str(words): places for words, places in scopes.to_choose_from() if places}
        return unsaid | groups | everywhere
    led = scopes.places(giver, Permission.MANAGE_CENTRE, scopes.CENTRE)
    named = scopes.titles_of(scopes.scope_of(scopes.CENTRE, number) for number in sorted(led))
    if EVERYWHERE in giver.scopes(Permission.MANAGE_CENTRE):
        named = {
            scope: title for words, group in scopes.to_choose_from() for scope, title in group
            if scopes.number_in(scope, scopes.CENTRE) is not None
        }  # fmt: skip
    return (unsaid if len(named) != 1 else {}) | {_("Centres"): list(named.items())}


def check_place_of(role: Role, place: str) -> None:
    """For a field: a sentence when a role can not be held in the place that was chosen, or none was chosen."""
    if place == UNSAID:
        raise ValidationError(_("Please choose where the role counts."))
    try:
        scopes.check_place(role, place)
    except WrongPlace as wrong:
        raise ValidationError(str(wrong)) from wrong


class RoleForm(AcademyForm):
    """A role and where it counts."""

    role = SelectField(_l("Role"), choices=[(role.value, ROLE_NAMES[role]) for role in GIVEN], coerce=Role)
    scope = SelectField(
        _l("Where"),
        default=EVERYWHERE,
        description=_l("Instructors teach at a centre or a course; reviewers and clients have projects."),
    )

    def __init__(self, giver: User, **more: Any) -> None:
        super().__init__(**more)
        self.scope.choices = places_for(giver)

    def validate_scope(self, field: Any) -> None:
        if self.role.data in set(Role):
            check_place_of(self.role.data, field.data)


class HeldForm(AcademyForm):
    """A role that somebody holds, to be taken away."""

    role = SelectField(choices=[(role.value, role.value) for role in GIVEN], coerce=Role)
    scope = HiddenField(default=EVERYWHERE)


class InvitationForm(AcademyForm):
    """Whom to invite, and as what."""

    role = SelectField(_l("As"))
    scope = SelectField(_l("Where"))
    email = StringField(
        _l("E-mail"),
        [Optional(), check_email],
        description=_l("Without an address you get a link to print or to show."),
    )
    language = RadioField(_l("Language of the letter"), choices=list(LANGUAGE_NAMES.items()))

    def __init__(self, giver: User, **more: Any) -> None:
        super().__init__(**more)
        roles = GIVEN if giver.may(Permission.ADMINISTER) else scopes.CENTRE_STAFF
        self.role.choices = [
            (NOBODY_IN_PARTICULAR, _("Learner")), *((role.value, str(ROLE_NAMES[role])) for role in roles),
        ]  # fmt: skip
        self.scope.choices = places_for(giver)

    def validate_scope(self, field: Any) -> None:
        if self.role.data in set(Role):
            check_place_of(Role(self.role.data), field.data)
