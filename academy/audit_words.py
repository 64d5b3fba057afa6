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
    "account closed": _l("Account closed"),
    "account reopened": _l("Account opened again"),
    "signed out everywhere": _l("Signed out everywhere"),
    "e-mail given": _l("E-mail address given"),
    "e-mail proved": _l("E-mail address proved"),
    "e-mail removed": _l("E-mail address removed"),
    "new password asked for": _l("Letter for a new password asked for"),
    "link for a new password made": _l("Link for a new password made"),
    "person invited": _l("Person invited"),
    "invitation accepted": _l("Invitation accepted"),
    "invitation withdrawn": _l("Invitation withdrawn"),
    # factors
    "factor added": _l("Second step added"),
    "factor removed": _l("Second step removed"),
    "factors removed": _l("All second steps removed"),
    "recovery codes made": _l("Recovery codes made"),
    "recovery code used": _l("Recovery code used"),
    # federation
    "sign-in elsewhere linked": _l("Sign-in with another service linked"),
    "sign-in elsewhere unlinked": _l("Sign-in with another service unlinked"),
    # merging
    "accounts merged": _l("Two accounts became one"),
    # privacy
    "consent written down": _l("Consent written down"),
    "own data asked for": _l("Copy of the own data asked for"),
    "erasure asked": _l("Deletion of the account asked for"),
    "erasure called off": _l("Deletion of the account called off"),
    "account erased": _l("Account deleted for ever"),
    "guardian asked": _l("Parent or guardian asked to agree"),
    "guardian agreed": _l("Parent or guardian agreed"),
    "guardian took consent back": _l("Parent or guardian took their consent back"),
    "old rows deleted": _l("Old data deleted"),
    # mail
    "letter sent again": _l("Letter sent again"),
    # approvals
    "approval asked": _l("Second person asked to agree"),
    "approval given": _l("Agreed as the second person"),
    "approval refused": _l("Refused as the second person"),
    "approval withdrawn": _l("Request withdrawn"),
    # credentials
    "badge revoked": _l("Badge taken back"),
    # cohorts
    "centre opened": _l("Centre opened"),
    "class opened": _l("Class opened"),
    "meetings planned": _l("Meetings planned"),
    "join code made": _l("Join code made"),
    "join code ended": _l("Join code ended"),
    "attendance corrected": _l("Attendance corrected"),
    # projects
    "project brought": _l("Project brought"),
    "project started": _l("Project started"),
    "work accepted": _l("Work accepted"),
    "work returned": _l("Work sent back"),
    # annotation
    "pictures brought": _l("Pictures brought for a task set"),
    "pictures added": _l("Pictures added to a task set"),
    "pictures thrown away": _l("Pictures that were brought thrown away"),
    "data brought": _l("Data brought for a task set"),
    "data added": _l("Data added to a task set"),
    "data thrown away": _l("Data that was brought thrown away"),
    "import undone": _l("An import taken back"),
    "gold imported": _l("Gold labels imported"),
    "gold measured": _l("Gold of a set measured"),
    "gold looked at": _l("Gold looked at a second time"),
    "second look asked for": _l("Sample of gold drawn for a second look"),
    "set locked": _l("Task set locked"),
    "set unlocked": _l("Task set unlocked"),
    "set released": _l("Task set released"),
    "set held back": _l("Task set held back"),
    "gold exported": _l("Gold labels exported"),
    "label set made": _l("Label set made"),
    "label set renamed": _l("Label set renamed"),
    "label added": _l("Label added"),
    "label changed": _l("Label changed"),
    "label retired": _l("Label retired"),
    "label brought back": _l("Label brought back"),
    "labels ordered": _l("Labels put in another order"),
    "labels merged": _l("Labels merged"),
    "label given another name": _l("Label given another name"),
    "set made": _l("Task set made"),
    "set changed": _l("Task set changed"),
    "rubric changed": _l("Rubric changed"),
    "tasks changed": _l("Tasks changed"),
    "tasks withdrawn": _l("Tasks taken out of a set"),
    "tasks brought back": _l("Tasks brought back into a set"),
    "gold changed": _l("Gold changed"),
    "guideline published": _l("Guideline published"),
    "picture of a rule kept": _l("Picture of a rule kept"),
    "change taken back": _l("Change taken back"),
    # exams
    "exam marked again": _l("Exam marked again"),
    # audit
    "audit exported": _l("List of acts exported"),
}


def act_words(act: str) -> str:
    """The act as a person reads it; as it was noted, if it comes from another version."""
    return str(ACT_NAMES.get(act, act))


DETAIL_NAMES: dict[str, Any] = {
    "tasks": _l("Tasks"),
    "role": _l("Role"),
    "scope": _l("Where"),
    "factor": _l("Second step"),
    "provider": _l("Service"),
    "purpose": _l("Purpose"),
    "kind": _l("Kind"),
    "approval": _l("Request"),
    "agreed": _l("Second person"),
    "asked": _l("Asked by"),
    "number": _l("Number"),
    "seats": _l("Seats"),
    "units": _l("Pictures"),
    "objects": _l("Objects"),
    "reason": _l("Reason"),
    "mark": _l("Mark"),
    "passed": _l("Passed"),
    "rows": _l("Things that moved"),
    "way": _l("Way"),
    "given": _l("Given"),
    "subject": _l("About"),
    "money_given_up": _l("Money given up"),
    "upload": _l("Upload"),
    "files": _l("Files"),
    "pictures": _l("Pictures"),
    "act": _l("Act"),
    "one_person": _l("About one person"),
    "since": _l("From"),
    "until": _l("To"),
    "change": _l("Change"),
}
"""What is noted beside an act, in words."""

SUBJECT_NAMES: dict[str, Any] = {
    "award": _l("Badge"),
    "letter": _l("Letter"),
    "project": _l("Project"),
    "unit": _l("Piece of work"),
    "review": _l("Review"),
    "centre": _l("Centre"),
    "cohort": _l("Class"),
    "meeting": _l("Meeting of a class"),
    "code": _l("Join code"),
    "task-set": _l("Set of pictures"),
    "task": _l("Picture"),
    "exam": _l("Exam"),
    "sitting": _l("Exam taken"),
    "course": _l("Course"),
    "merge": _l("Merge of accounts"),
    "passkey": _l("Passkey"),
    "upload": _l("Upload"),
    "label-set": _l("Label set"),
    "label-names": _l("Names of labels in set"),
    "tasks": _l("Tasks of set"),
    "gold": _l("Gold of task"),
    "guideline": _l("Guideline"),
}


def subject_words(subject: str) -> str:
    """The thing an act was about: what it is, and its number or name."""
    kind, _colon, name = subject.partition(":")
    return f"{SUBJECT_NAMES.get(kind, kind)} {name}".strip()
