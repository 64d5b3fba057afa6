"""What happens to transfers in the background: what nobody went on with is thrown away."""

from academy.annotation.exchange import transfers
from academy.annotation.exchange.models import Transfer
from academy.clock import now
from academy.db import db
from academy.jobs import each_alone, every_minute

SWEPT_AT = (18, 40)
"""Hour and minute, UTC."""


@every_minute
def drop_forgotten_transfers() -> None:
    each_alone(transfers.forgotten(now()), _drop)


@every_minute
def sweep_pieces() -> None:
    """Once a day, at night in Korea."""
    at = now()
    if (at.hour, at.minute) == SWEPT_AT:
        transfers.sweep(at)


def _drop(transfer_id: int) -> None:
    transfers.remove(db.session.get_one(Transfer, transfer_id))
