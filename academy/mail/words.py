"""Groups, states and problems of letters, in words."""

from typing import Any

from academy.i18n import _l
from academy.mail.models import LetterState
from academy.mail.rules import Group, Problem

GROUP_NAMES: dict[Group, Any] = {
    Group.SECURITY: _l("Your account and its safety"),
    Group.EXAM: _l("Your exams and badges"),
    Group.PAYMENT: _l("Money"),
    Group.LEGAL: _l("Your rights and our terms"),
    Group.COURSE: _l("Courses you take"),
    Group.CLASS: _l("Your class"),
    Group.WORK: _l("Paid work"),
    Group.NEWS: _l("News of the academy"),
}
GROUP_USES: dict[Group, Any] = {
    Group.COURSE: _l("What is new in your courses, and what is still missing."),
    Group.CLASS: _l("When your class meets, and what your instructor tells everybody."),
    Group.WORK: _l("New projects that are open to you, and work that came back."),
    Group.NEWS: _l("New courses and exams. You get these only if you ask for them."),
}
STATE_NAMES: dict[LetterState, tuple[Any, str]] = {
    LetterState.FAILED: (_l("Could not be delivered"), "bad"),
    LetterState.WAITING: (_l("On its way"), "warn"),
    LetterState.SENT: (_l("Delivered"), "ok"),
}
_PROBLEMS: dict[str, Any] = {
    Problem.ADDRESS_REFUSED: _l("The address was refused: it may be mistyped, or its mailbox closed."),
    Problem.LETTER_REFUSED: _l("The mail server did not want this letter."),
    Problem.SENDER_REFUSED: _l("The mail server does not let us send from our address. Check ACADEMY_MAIL_FROM."),
    Problem.PASSWORD_REFUSED: _l("The mail server did not accept our password. Check ACADEMY_MAIL."),
    Problem.UNPROTECTED: _l("The connection to the mail server could not be protected. Check ACADEMY_MAIL."),
    Problem.NO_ANSWER: _l("The mail server does not answer."),
    Problem.SECRET_CHANGED: _l("The installation's secret was changed, so the letter can not be opened any more."),
}


def problem_words(problem: str) -> str:
    """What kept a letter from going, as a sentence; with the server's number where it gave one."""
    words, _, code = problem.rpartition(" ")
    if not code.isdigit():
        words, code = problem, ""
    told = str(_PROBLEMS.get(words, words))
    return f"{told} ({code})" if code else told
