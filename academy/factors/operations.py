"""Setting up second factors, using them and giving them up."""

from datetime import datetime

import structlog
from sqlalchemy import delete, update

from academy import audit
from academy.db import db, guarded
from academy.errors import Refused
from academy.factors import codes, queries
from academy.factors.codes import MadeCodes
from academy.factors.models import AuthenticatorApp, Passkey, PasskeyCeremony, RecoveryCode
from academy.factors.rules import Second
from academy.i18n import _l
from academy.sealing import CanNotBeOpened, seal, unseal

log = structlog.get_logger(__name__)

PURPOSE = "authenticator app"


class WrongCode(Refused):
    """The six digits are not those the app shows now."""


# The app on the phone ----------------------------------------------------------------------------------------------


def begin_app(user_id: int, secret: str, now: datetime) -> AuthenticatorApp:
    """A new secret to be scanned. It counts once its first code was entered; until then what was set up stays."""
    db.session.execute(
        delete(AuthenticatorApp).where(AuthenticatorApp.user_id == user_id, AuthenticatorApp.confirmed_at.is_(None))
    )
    sealed = seal(codes.new_secret(), purpose=PURPOSE, name=str(user_id), secret=secret)
    app = AuthenticatorApp(user_id=user_id, sealed=sealed, started_at=now)
    db.session.add(app)
    db.session.flush()
    return app


def app_secret(app: AuthenticatorApp, secret: str) -> str:
    """What the QR code of this app holds."""
    return unseal(app.sealed, purpose=PURPOSE, name=str(app.user_id), secret=secret)


def finish_app(user_id: int, typed: str, secret: str, now: datetime) -> None:
    """The first code of the app that was begun: from now on it counts, in place of an earlier one."""
    app = queries.app_begun_by(user_id)
    step = codes.step_shown(app_secret(app, secret), typed, now) if app is not None else None
    if app is None or step is None:
        raise WrongCode(
            _l("These are not the six digits that the app shows now. Wait for the next ones and try again.")
        )
    _forget_app(user_id)
    app.confirmed_at, app.last_step = now, step
    audit.note("factor added", by=user_id, about=user_id, detail={"factor": Second.APP.value}, now=now)
    db.session.flush()


def app_fits(user_id: int, typed: str, secret: str, now: datetime) -> bool:
    """Whether these are the digits the person's app shows now. A code that was used, and every older one, is spent."""
    app = queries.app_of(user_id)
    if app is None:
        return False
    try:
        step = codes.step_shown(app_secret(app, secret), typed, now)
    except CanNotBeOpened:
        # The installation's secret was changed: no code fits any more, but passkeys and codes on paper still do.
        log.exception("an authenticator app can not be opened", app=app.id)
        return False
    if step is None:
        return False
    newer = update(AuthenticatorApp).where(AuthenticatorApp.id == app.id, AuthenticatorApp.last_step < step)
    return guarded(newer.values(last_step=step)) == 1


def remove_app(user_id: int, by: int | None, now: datetime) -> bool:
    """The app counts no more, and its secret is gone."""
    removed = _forget_app(user_id)
    if removed:
        audit.note("factor removed", by=by, about=user_id, detail={"factor": Second.APP.value}, now=now)
        _drop_codes_without_factor(user_id)
    return removed


def _forget_app(user_id: int) -> bool:
    held = queries.app_of(user_id)
    if held is None:
        return False
    db.session.delete(held)
    db.session.flush()  # before the next one takes its place under the unique index
    return True


# Passkeys (their ceremonies are in passkeys.py) --------------------------------------------------------------------


def keep_passkey(passkey: Passkey, now: datetime) -> None:
    """A passkey that answered its first question."""
    db.session.add(passkey)
    db.session.flush()
    owner, detail = passkey.user_id, {"factor": Second.PASSKEY.value}
    audit.note("factor added", by=owner, about=owner, subject=f"passkey:{passkey.id}", detail=detail, now=now)


def remove_passkey(passkey: Passkey, by: int | None, now: datetime) -> None:
    """This passkey opens nothing any more."""
    detail, subject = {"factor": Second.PASSKEY.value}, f"passkey:{passkey.id}"
    user_id = passkey.user_id
    db.session.delete(passkey)
    db.session.flush()
    audit.note("factor removed", by=by, about=user_id, subject=subject, detail=detail, now=now)
    _drop_codes_without_factor(user_id)


def rename_passkey(passkey: Passkey, name: str) -> None:
    passkey.name = name
    db.session.flush()


def passkey_used(passkey: Passkey, sign_count: int, now: datetime) -> None:
    passkey.sign_count = sign_count
    passkey.last_used_at = now
    db.session.flush()


# Codes on paper ----------------------------------------------------------------------------------------------------


def keep_codes(user_id: int, made: MadeCodes, now: datetime) -> None:
    """New recovery codes; those made before open nothing any more."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    for code_hash in made.hashes:
        db.session.add(RecoveryCode(user_id=user_id, salt=made.salt, code_hash=code_hash, made_at=now))
    audit.note("recovery codes made", by=user_id, about=user_id, now=now)
    db.session.flush()


def hash_of_code(user_id: int, typed: str) -> str | None:
    """A typed recovery code as this person's are kept; slow, so views call it before they take the write lock."""
    unused = queries.unused_codes(user_id)
    return codes.hashed(typed, unused[0].salt) if unused else None


def use_code(user_id: int, code_hash: str, now: datetime) -> bool:
    """Whether this is an unused recovery code of this person; it is used now."""
    unused = update(RecoveryCode).where(
        RecoveryCode.user_id == user_id, RecoveryCode.code_hash == code_hash, RecoveryCode.used_at.is_(None)
    )
    fits = guarded(unused.values(used_at=now)) == 1
    if fits:
        audit.note("recovery code used", by=user_id, about=user_id, now=now)
    return fits


def _drop_codes_without_factor(user_id: int) -> None:
    """Recovery codes stand in for something; when there is nothing left, they go too."""
    if not queries.has_second(user_id):
        db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


def forget_everything(user_id: int, by: int | None, now: datetime) -> None:
    """Somebody who lost phone and paper, and whom staff knows: they set their second step up anew."""
    for model in (AuthenticatorApp, Passkey, PasskeyCeremony, RecoveryCode):
        db.session.execute(delete(model).where(model.user_id == user_id))
    audit.note("factors removed", by=by, about=user_id, now=now)
