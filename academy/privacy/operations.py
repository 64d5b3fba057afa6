"""Wishes to be forgotten, copies of one's own data, and what people allow."""

from datetime import datetime, timedelta

from sqlalchemy import update

from academy import audit
from academy.accounts import consents
from academy.accounts import operations as accounts
from academy.accounts.consents import Purpose
from academy.accounts.models import User
from academy.db import db, guarded
from academy.errors import Conflict, Refused
from academy.i18n import _l
from academy.jobs import request_job
from academy.mail import operations as mail
from academy.mail.rules import Group
from academy.privacy import letters, queries
from academy.privacy.models import DataExport, ErasureWish
from academy.privacy.rules import GRACE

EXPORT = "privacy.export"
ONE_EXPORT_IN = timedelta(hours=1)


class StillNeeded(Conflict):
    """Somebody holds something that must be handed over before they can leave."""

    code = "still-needed"


class NotYetAdult(Refused):
    """Somebody who needed a parent's consent a while ago says that they are 18."""

    code = "not-yet-adult"


class MoneyDue(Refused):
    """Money is still to be paid out; who leaves now gives it up, and has to say so."""

    code = "money-due"


def ask_to_be_forgotten(user: User, now: datetime, *, give_up_money: bool = False) -> ErasureWish:
    """Write the wish down; it is fulfilled when its days have passed. Signs the person out everywhere."""
    standing = queries.wish_of(user.id)
    if standing is not None:
        return standing
    leaving = queries.leaving_of(user)
    if leaving.last_administrator:
        raise StillNeeded(_l("You are the last administrator. Make somebody else an administrator first."))
    if leaving.running_projects:
        raise StillNeeded(_l("You have projects that are still running. They have to be closed first."))
    if leaving.money_due and not give_up_money:
        raise MoneyDue(_l("There is still money due to you. Wait for the payment, or say below that you give it up."))
    wish = ErasureWish(user_id=user.id, asked_at=now, due_at=now + GRACE)
    db.session.add(wish)
    user.leaving_at = wish.due_at
    accounts.end_sign_ins(user.id, now)
    audit.note("erasure asked", by=user.id, about=user.id, detail={"money_given_up": leaving.money_due}, now=now)
    db.session.flush()
    letters.tell_erasure_asked(user, wish, now)
    return wish


def think_better_of_it(user: User, now: datetime) -> bool:
    """Stay after all; False when there was no wish any more."""
    stood = update(ErasureWish).where(
        ErasureWish.user_id == user.id, ErasureWish.cancelled_at.is_(None), ErasureWish.done_at.is_(None)
    )
    if guarded(stood.values(cancelled_at=now)) == 0:
        return False
    user.leaving_at = None
    audit.note("erasure called off", by=user.id, about=user.id, now=now)
    return True


def ask_for_export(user: User, now: datetime) -> DataExport:
    """A copy of all we keep about somebody, made in the background; within an hour, the one that was asked for."""
    recent = queries.export_asked_since(user.id, now - ONE_EXPORT_IN)
    if recent is not None:
        return recent
    export = DataExport(user_id=user.id, asked_at=now)
    db.session.add(export)
    db.session.flush()
    job = request_job(EXPORT, {"export_id": export.id}, key=str(export.id), by=user.id)
    export.job_id = job.id
    audit.note("own data asked for", by=user.id, about=user.id, now=now)
    return export


def answer_consent(user: User, purpose: Purpose, given: bool, now: datetime, *, subject: str = "") -> None:
    """What a person answers to one of the optional questions."""
    if purpose not in consents.OPTIONAL:
        raise ValueError(f"{purpose} is declared, not consented to.")
    consents.say(user.id, purpose, given, now, subject=subject)
    if purpose is Purpose.NEWS:
        mail.choose(user.id, Group.NEWS, given, now)


def declare_adult(user: User, now: datetime) -> None:
    """Somebody says that they are 18 or older: asked before their first paid work. Raises NotYetAdult."""
    if consents.still_a_child(user.id, now):
        raise NotYetAdult(_l("Paid work is only open from 18."))
    consents.say(user.id, Purpose.ADULT, True, now)
