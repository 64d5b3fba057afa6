"""What stands in the way of a merge, and what would go along, in sentences."""

from academy.i18n import _, ngettext, won
from academy.merging.queries import Preview
from academy.merging.rules import Obstacle


def obstacle_words(obstacle: Obstacle) -> str:
    """What to do first."""
    return {
        Obstacle.SAME: _("You signed in to the same account again. Sign in to the other one."),
        Obstacle.ROLE: _(
            "This account holds a role here. Keep it and close the other one, or give the role back first."
        ),
        Obstacle.EXAM: _("An exam is running. Finish it first."),
        Obstacle.WORK: _("Work is not decided yet. Hand in what you hold, and wait until it has been reviewed."),
        Obstacle.PROJECT: _("This account brought projects. Keep it and close the other one."),
        Obstacle.LEAVING: _("One of the two is to be deleted, as you asked. Decide to keep it first."),
        Obstacle.GUARDIAN: _("One of the two still waits for a parent or guardian to agree."),
        Obstacle.REVIEWED: _(
            "One of the two decided on the other's work. Please speak to the people who run the academy."
        ),
    }[obstacle]


def coming_along(found: Preview) -> list[str]:
    """What the account that stays would be given."""
    count = found.counts
    lines = [
        (count["award"], ngettext("%(num)d badge", "%(num)d badges", count["award"])),
        (count["sitting"], ngettext("%(num)d exam", "%(num)d exams", count["sitting"])),
        (count["enrolment"], ngettext("%(num)d course", "%(num)d courses", count["enrolment"])),
        (count["task_passed"],
         ngettext("%(num)d passed practice picture", "%(num)d passed practice pictures", count["task_passed"])),
        (count["seat"], ngettext("%(num)d class", "%(num)d classes", count["seat"])),
        (count["federated_identity"],
         ngettext("%(num)d way to sign in", "%(num)d ways to sign in", count["federated_identity"])),
        (found.money, _("%(amount)s that is still to be paid to you", amount=won(found.money))),
    ]  # fmt: skip
    return [words for number, words in lines if number]
