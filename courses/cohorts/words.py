"""Attendance and check-in as a person reads them."""

from academy.i18n import _, ngettext
from courses.cohorts.rules import Attendance, CheckIn, Mark, StaffRole, Standing


def mark_words(mark: Mark | None) -> str:
    if mark is None:
        return _("not here")
    return {
        Mark.PRESENT: _("here"),
        Mark.LATE: _("came late"),
        Mark.ABSENT: _("absent"),
        Mark.EXCUSED: _("excused"),
    }[mark]


def presence_words(standing: Standing) -> str:
    """`came late, 25 minutes`; a correction says its reason."""
    words = mark_words(standing.mark)
    if standing.minutes_late:
        late = ngettext("%(num)s minute", "%(num)s minutes", standing.minutes_late)
        words = _("%(how)s, %(late)s", how=words, late=late)
    if standing.corrected:
        words = _("%(how)s (put right: %(reason)s)", how=words, reason=standing.reason)
    return words


def attendance_words(attendance: Attendance) -> str:
    """`7 of 8 meetings`, with what is still to come."""
    if attendance.held == 0:
        return ngettext(
            "The class has not met yet; %(num)s meeting is planned.",
            "The class has not met yet; %(num)s meetings are planned.",
            attendance.planned,
        )
    return _(
        "%(attended)s of %(held)s meetings so far, %(planned)s planned",
        attended=attendance.attended,
        held=attendance.held,
        planned=attendance.planned,
    )


def check_in_words(outcome: CheckIn) -> tuple[str, str]:
    """The sentence and its tone."""
    return {
        CheckIn.HERE: ("ok", _("You are checked in. Welcome!")),
        CheckIn.ALREADY: ("ok", _("You are already checked in.")),
        CheckIn.WRONG: (
            "error",
            _("These digits are not on the board right now. Look again: they change every 20 seconds."),
        ),
        CheckIn.TOO_MANY: ("error", _("That was tried too often. Wait five minutes, or ask your instructor.")),
        CheckIn.CLOSED: ("info", _("Check-in is open from half an hour before the meeting until its end.")),
    }[outcome]


def role_words(role: StaffRole) -> str:
    return {
        StaffRole.PROGRAMME_MANAGER: _("programme manager"),
        StaffRole.INSTRUCTOR: _("instructor"),
    }[role]


MARK_PILLS = {
    None: "plain",
    Mark.PRESENT: "ok",
    Mark.LATE: "warn",
    Mark.ABSENT: "bad",
    Mark.EXCUSED: "plain",
}
