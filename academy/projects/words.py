"""States, reasons and verdicts as a person reads them."""

from academy.i18n import _
from academy.projects.rules import ProjectState, Reason, UnitState


def reason_words(reason: Reason | None) -> str:
    if reason is None:
        return ""
    return {
        Reason.MISSED: _("Something was missed."),
        Reason.EXTRA: _("Something was marked that should not be."),
        Reason.WRONG_LABEL: _("The class is wrong."),
        Reason.LOOSE: _("The edges are not tight."),
        Reason.GUIDELINE: _("It does not follow the guideline."),
        Reason.OTHER: _("See the note."),
    }[reason]


def unit_words(state: UnitState) -> str:
    return {
        UnitState.WAITING: _("waiting"),
        UnitState.LEASED: _("on your desk"),
        UnitState.SUBMITTED: _("in review"),
        UnitState.RETURNED: _("came back for fixing"),
        UnitState.ACCEPTED: _("accepted"),
    }[state]


def project_words(state: ProjectState) -> str:
    return {
        ProjectState.DRAFT: _("not started"),
        ProjectState.OPEN: _("running"),
        ProjectState.PAUSED: _("paused"),
        ProjectState.CLOSED: _("finished"),
    }[state]


UNIT_PILLS = {
    UnitState.WAITING: "plain",
    UnitState.LEASED: "accent",
    UnitState.SUBMITTED: "plain",
    UnitState.RETURNED: "warn",
    UnitState.ACCEPTED: "ok",
}
