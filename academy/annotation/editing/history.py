"""What was changed by hand, and the way back: one route takes back any change."""

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select

from academy.accounts.models import Identity
from academy.annotation.editing import changes
from academy.annotation.editing.models import Change
from academy.annotation.views import bp
from academy.clock import now
from academy.db import db, transaction
from academy.errors import Conflict
from academy.i18n import _
from academy.permissions import Permission, requires
from academy.web import came_from


def newest(*subjects: str, most: int = 10) -> list[tuple[Change, str]]:
    """The last changes of some subjects, newest first, with the names of who made them; for operators."""
    query = (
        select(Change, Identity.name)
        .outerjoin(Identity, Identity.user_id == Change.by_id)
        .where(Change.subject.in_(subjects))
        .order_by(Change.id.desc())
        .limit(most)
    )
    return [(change, name or "") for change, name in db.session.execute(query)]


@bp.post("/gold/changes/<int:change_id>/undo")
@requires(Permission.OPERATE)
def undo_change(change_id: int) -> ResponseReturnValue:
    """Take one change back, if nobody has gone on from it."""
    back = came_from() or url_for(".sets")
    try:
        with transaction():
            change = db.session.get(Change, change_id) or abort(404)
            changes.undo(change, current_user.id, now())
    except Conflict as refused:
        flash(str(refused), "error")
    else:
        flash(_("The change was taken back."), "ok")
    return redirect(back, 303)
