"""Files on their way here in pieces, so that whoever is cut off goes on where the last piece ended.

A piece is put into the storage before the row says that it is here: the row never names bytes that are not kept. What
no row names (the power failed in between, two windows sent the same piece) is swept away some days later.
"""

import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy import func, select

from academy.annotation.exchange.models import Transfer, Upload
from academy.db import after_commit, db, for_change
from academy.errors import Conflict, NotFound, Refused
from academy.i18n import _l
from academy.storage import storage

LARGEST_PIECE = 8 * 2**20
LARGEST_TRANSFER = 2 * 2**30
MOST_BYTES = 8 * 2**30
MOST_TRANSFERS = 5_000
"""What one person may have on the way at a time."""
KEPT = timedelta(days=2)
"""So long a transfer waits for its next piece, or for being used."""
_ROOT = "transfers/"


def begin(name: str, size: int, by_id: int, now: datetime) -> Transfer:
    """Make room for a file of `size` bytes."""
    if not 0 < size <= LARGEST_TRANSFER:
        raise Refused(
            _l("A file must have at least one byte, and at most %(most)s MB.", most=LARGEST_TRANSFER // 2**20)
        )
    count, together = db.session.execute(
        select(func.count(), func.coalesce(func.sum(Transfer.size), 0)).where(Transfer.by_id == by_id)
    ).one()
    if count >= MOST_TRANSFERS or together + size > MOST_BYTES:
        raise Refused(_l("Too much of yours is on its way here. Use or remove what was sent before."))
    transfer = Transfer(
        token=f"{now:%Y%m%d}-{token_hex(16)}", by_id=by_id, name=_tidy(name), size=size, received=0, pieces=[],
        created_at=now, touched_at=now,
    )  # fmt: skip
    db.session.add(transfer)
    db.session.flush()
    return transfer


def _tidy(name: str) -> str:
    """A file's name as we keep it; what leads to folders is left out, and what can not be shown is a question mark."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    return "".join(sign if sign.isprintable() else "?" for sign in name)[-200:].strip() or "?"


def of_person(token: str, by_id: int) -> Transfer:
    """Somebody's own transfer; other people's do not exist."""
    found = db.session.scalars(for_change(select(Transfer).where(Transfer.token == token, Transfer.by_id == by_id)))
    transfer: Transfer | None = found.one_or_none()
    if transfer is None:
        raise NotFound(_l("This file is not on its way any more. Please send it again."))
    return transfer


def lay_piece(token: str, offset: int, data: bytes) -> str:
    """Put a piece into the storage, under a name of its own; before the transaction: nobody waits for a disk."""
    key = f"{_ROOT}{token}/{offset:012d}-{token_hex(4)}"
    storage().put(key, data)
    return key


def take_piece(transfer: Transfer, offset: int, key: str, length: int, now: datetime) -> None:
    """Add a piece that was laid down. Raises Conflict if it is not the next one."""
    if offset != transfer.received:
        raise Conflict(_l("This piece of the file does not follow the last one."))
    if offset + length > transfer.size:
        raise Refused(_l("More was sent than the file was said to hold."))
    transfer.pieces = [*transfer.pieces, key]
    transfer.received = offset + length
    transfer.touched_at = now
    db.session.flush()


def forget(keys: Sequence[str]) -> None:
    for key in keys:
        storage().delete(key)


def remove(transfer: Transfer) -> None:
    """Give a transfer up, with what came of it."""
    keys = list(transfer.pieces)
    db.session.delete(transfer)
    db.session.flush()
    after_commit(lambda: forget(keys))


def waiting_of(by_id: int) -> list[Transfer]:
    """What a person has sent, whole or in part, and not yet used; oldest first."""
    query = select(Transfer).where(Transfer.by_id == by_id).order_by(Transfer.id).limit(200)
    return list(db.session.scalars(query))


def hand_over(tokens: Sequence[str], by_id: int) -> list[dict[str, Any]]:
    """Turn whole transfers into the sources of an upload: name, size, and the keys of the pieces in order.

    Raises NotFound or Conflict, in words, for one that is gone or not whole.
    """
    sources = []
    for token in dict.fromkeys(tokens):
        transfer = of_person(token, by_id)
        if transfer.received < transfer.size:
            raise Conflict(_l("%(name)s is not here yet. Wait until it was sent, or remove it.", name=transfer.name))
        sources.append({"name": transfer.name, "size": transfer.size, "pieces": list(transfer.pieces)})
        db.session.delete(transfer)
    db.session.flush()
    return sources


def forgotten(now: datetime) -> list[int]:
    """Transfers that nobody went on with."""
    query = select(Transfer.id).where(Transfer.touched_at < now - KEPT).order_by(Transfer.touched_at).limit(1000)
    return list(db.session.scalars(query))


def sweep(now: datetime) -> int:
    """Delete pieces that no transfer and no upload names; those of the last days may be about to be named."""
    until = f"{_ROOT}{now - KEPT - timedelta(days=1):%Y%m%d}"
    named = {key for pieces in db.session.scalars(select(Transfer.pieces)) for key in pieces}
    for sources in db.session.scalars(select(Upload.sources).where(Upload.settled_at.is_(None))):
        named |= {key for source in sources for key in source.get("pieces", ())}
    left = [stored.key for stored in storage().list(_ROOT) if stored.key < until and stored.key not in named]
    forget(left)
    return len(left)
