"""The bell of the background work: Huey over a SQLite file with fsync, or over Valkey where several machines share it.

Messages carry the number of a row and are JSON: whoever can write to the queue can not make a worker run their code.
"""

import json
from collections.abc import Callable
from typing import Any

from flask import current_app
from huey import Huey, RedisHuey, SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer

from academy.config import Settings, settings


class JsonMessages(Serializer):  # type: ignore[misc]
    """Huey's messages as JSON instead of pickle."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps(list(data)).encode()

    def _deserialize(self, data: bytes) -> Any:
        return Message(*json.loads(data))


class Bell:
    """One end of the queue. Ringing puts a number into it; a worker's Huey calls `answer` with the numbers it hears."""

    def __init__(self, chosen: Settings, answer: Callable[[int], None]) -> None:
        self.huey = _open(chosen)
        self._ring = self.huey.task(name="run_job")(lambda job_id: answer(job_id))

    def ring(self, job_id: int) -> None:
        self._ring(job_id)


def _open(chosen: Settings) -> Huey:
    if chosen.valkey_url:
        return RedisHuey("academy", url=chosen.valkey_url, results=False, serializer=JsonMessages())
    chosen.data_dir.mkdir(parents=True, exist_ok=True)
    path = str(chosen.data_dir / "queue.db")
    return SqliteHuey("academy", filename=path, fsync=True, results=False, serializer=JsonMessages())


def _answers_elsewhere(job_id: int) -> None:
    raise RuntimeError(f"Job {job_id} belongs to a worker, not to a web process.")


def ring(job_id: int) -> None:
    """Tell the workers that a row waits."""
    bells = current_app.extensions
    if "academy.bell" not in bells:
        bells["academy.bell"] = Bell(settings(), _answers_elsewhere)
    bells["academy.bell"].ring(job_id)
