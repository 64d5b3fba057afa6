"""Candidates who save drawing after drawing through HTTP, and remember what was acknowledged."""

import http.client
import json
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from academy.db import db
from exams.sittings.models import Answer, AnswerEvent, PaperItem, Sitting
from tests import people
from tests.exams.papers import SIZE, small_exam, start

BOX_ITEM = 3


@dataclass
class Candidate(threading.Thread):
    """Saves one drawing after another, as a browser would: each is sent until it was answered."""

    port: int
    sitting: str
    cookie: str
    stop: threading.Event
    acknowledged: dict[int, dict[str, Any]] = field(default_factory=dict)
    told_at: dict[int, float] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)
    token: str = ""

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        rev = seq = 0
        while not self.stop.is_set():
            seq += 1
            told = self._until_answered(seq, rev)
            if told is None:
                return
            if told.get("answers") != [{"item": BOX_ITEM, "rev": rev + 1}]:
                self.trouble.append(f"{seq}: {told}")
                return
            rev += 1
            self.acknowledged[seq] = {"rev": rev, "answer": drawing(seq)}
            self.told_at[seq] = time.time()

    def _until_answered(self, seq: int, rev: int) -> dict[str, Any] | None:
        body = {
            "client": "one-and-the-same-window",
            "answers": [{"item": BOX_ITEM, "seq": seq, "base_rev": rev, "answer": drawing(seq)}],
        }
        while not self.stop.is_set():
            try:
                self.token = self.token or self._read_token()
                status, told = self._ask("POST", f"/sittings/{self.sitting}/answers", json.dumps(body))
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.05)
                continue
            if status == 200:
                return json.loads(told)
            if status != 503:
                self.trouble.append(f"{seq}: {status} {told[:300]}")
                return None
        return None

    def _read_token(self) -> str:
        status, page = self._ask("GET", f"/sittings/{self.sitting}")
        if status != 200:
            raise ValueError(f"{status} {page[:200]}")
        found = re.search(r'name="csrf-token" content="([^"]+)"', page)
        if found is None:
            raise ValueError("no token on the page")
        return found.group(1)

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            headers = {"Cookie": self.cookie, "Accept": "text/html" if body is None else "application/json"}
            if body is not None:
                headers |= {"Content-Type": "application/json", "X-CSRFToken": self.token}
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            if kept := answer.getheader("Set-Cookie"):
                self.cookie = kept.split(";")[0]
            return answer.status, text
        finally:
            connection.close()


def drawing(seq: int) -> dict[str, Any]:
    box = [10 + seq % 500, 10 + seq % 400, 30, 40]
    return {"kind": "box", "image": SIZE, "objects": [{"id": str(seq), "label": "cat", "box": box}]}


def cookie_of(app: Any, user: Any) -> str:
    client = people.sign_in(app.test_client(), user)
    name = app.config["SESSION_COOKIE_NAME"]
    kept = client.get_cookie(name)
    return f"{name}={kept.value}"


def seated(app: Any, port: int, number: int) -> list[Candidate]:
    """Candidates with a paper in front of them, who will talk to the server at `port`."""
    exam = small_exam(minutes=600)
    users = [people.person(f"수험생{seat}") for seat in range(number)]
    sittings = [start(exam, user) for user in users]
    cookies = [cookie_of(app, user) for user in users]
    db.session.rollback()
    stop = threading.Event()
    return [Candidate(port, public_id, cookie, stop) for public_id, cookie in zip(sittings, cookies, strict=True)]


@contextmanager
def saving(candidates: Sequence[Candidate]) -> Iterator[None]:
    """Meanwhile they save, one answer after the other; leaving waits for their last one."""
    for candidate in candidates:
        candidate.start()
    try:
        yield
    finally:
        candidates[0].stop.set()
        for candidate in candidates:
            candidate.join(30)


def everybody_saves(candidates: Sequence[Candidate]) -> None:
    """Wait until each has had one more answer acknowledged: the next kill falls into the middle of their work."""
    before = [len(candidate.acknowledged) for candidate in candidates]
    ends_at = time.monotonic() + 60
    while any(len(one.acknowledged) <= count for one, count in zip(candidates, before, strict=True)):
        assert time.monotonic() < ends_at, [candidate.trouble for candidate in candidates]
        time.sleep(0.01)


def lost_of(candidate: Candidate) -> list[int]:
    """Acknowledged drawings that have no row, or another."""
    events = _events_of(candidate)
    return [seq for seq, told in candidate.acknowledged.items() if events.get(seq) != told]


def assert_kept(candidate: Candidate) -> None:
    """Every acknowledged drawing has its row, once, and the newest of them is the answer that will be marked."""
    db.session.rollback()
    assert lost_of(candidate) == []
    sitting = select(Sitting.id).where(Sitting.public_id == candidate.sitting).scalar_subquery()
    of_box = select(Answer).join(PaperItem).where(PaperItem.sitting_id == sitting, PaperItem.position == BOX_ITEM)
    answer = db.session.scalars(of_box).one()
    assert answer.rev >= candidate.acknowledged[max(candidate.acknowledged)]["rev"]
    kept = _events_of(candidate)
    assert answer.answer == kept[max(kept)]["answer"]


def _events_of(candidate: Candidate) -> dict[int, dict[str, Any]]:
    sitting = select(Sitting.id).where(Sitting.public_id == candidate.sitting).scalar_subquery()
    events = db.session.scalars(select(AnswerEvent).where(AnswerEvent.sitting_id == sitting)).all()
    kept = {event.seq: {"rev": event.rev, "answer": event.answer} for event in events}
    assert len(kept) == len(events), "an answer was kept twice"
    return kept
