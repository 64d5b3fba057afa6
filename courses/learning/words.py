"""Progress in words: what is missing, not a percentage."""

from academy.i18n import _, ngettext
from courses.learning.rules import LessonProgress, Progress, StepProgress


def progress_words(progress: Progress) -> str:
    """`2 lessons and 1 practice left`."""
    lessons, practices = progress.lessons_left, progress.practices_left
    if progress.complete:
        return _("Everything is done. Well done!")
    lessons_said = ngettext("%(num)s lesson", "%(num)s lessons", lessons)
    practices_said = ngettext("%(num)s practice", "%(num)s practices", practices)
    if lessons and practices:
        return _("%(lessons)s and %(practices)s left", lessons=lessons_said, practices=practices_said)
    return _("%(what)s left", what=lessons_said if lessons else practices_said)


def lesson_words(progress: LessonProgress) -> str:
    """What is still to do in one lesson."""
    if progress.complete:
        return _("Done")
    if not progress.begun:
        return ""
    if progress.learnt:
        return _("The practice is left")
    return _("Begun")


def step_words(step: StepProgress) -> str:
    """`2 of 3 done`."""
    return _("%(done)s of %(needed)s done", done=step.done, needed=step.needed)
