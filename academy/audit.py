"""Who did what to whom: every act of staff, and every change of an account. Rows are added, never edited.

Rows hold numbers and words of our own, never names, addresses or what people wrote, so that erasing a person needs no
change here. Who acted is a person's number; None is the command line or a job.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import has_request_context
from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from academy.appending import Forgetting
from academy.db import Base, BigKey, JsonDict, append_only, db, pk
from academy.web import request_id


@append_only
class AuditEvent(Base):
    """One act. `about_id` is the person it concerns, `subject` the thing ("award:x8Qz", "project:3")."""

    __forgetting__ = Forgetting("OLD.at")

    id: Mapped[pk]
    at: Mapped[datetime]
    act: Mapped[str]
    actor_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("user.id"))
    about_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("user.id"))
    subject: Mapped[str] = mapped_column(default="")
    detail: Mapped[JsonDict]
    request: Mapped[str] = mapped_column(default="")
    """The id of the request in which it was done, as it stands in the logs."""

    __table_args__ = (
        Index("ix_audit_event_at", "at", "id"),
        Index("ix_audit_event_act", "act", "id"),
        Index("ix_audit_event_actor", "actor_id", "id"),
        Index("ix_audit_event_about", "about_id", "id"),
    )


def note(
    act: str,
    *,
    by: int | None,
    now: datetime,
    about: int | None = None,
    subject: str = "",
    detail: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Write down one act, in the transaction that did it. `act` is a past participle: "role granted"."""
    event = AuditEvent(
        at=now,
        act=act,
        actor_id=by,
        about_id=about,
        subject=subject,
        detail=dict(detail or {}),
        request=request_id() if has_request_context() else "",
    )
    db.session.add(event)
    db.session.flush()
    return event
