"""What `rules.py` decides about sittings, said to the candidate."""

from academy.i18n import _, moment
from exams.sittings.rules import Hindrance, Obstacle


def sentence(hindrance: Hindrance) -> str:
    """Why the exam can not be started now, and what to do."""
    if hindrance.obstacle is Obstacle.RUNNING:
        return _("Your exam is running. Go on where you stopped.")
    if hindrance.obstacle is Obstacle.HELD or hindrance.until is None:
        return _("You have passed this exam and hold its badge. There is nothing left to prove here.")
    return _("You can sit this exam again from %(moment)s.", moment=moment(hindrance.until))


def retake_rule() -> str:
    """The waiting rule, as it stands on the exam page before anybody starts."""
    return _("If you do not pass, you can try again after 24 hours. Your first result stays in your record.")
