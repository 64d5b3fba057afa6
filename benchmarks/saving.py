"""Durable answers a second, beside the empty route of the same server in the same run.

Starts the production server (granian, one process) on a folder of its own, lets some candidates save one drawing after
another over HTTP, each acknowledged after its commit, and then asks /healthz as often as it can with as many clients.

    python -m benchmarks.saving [--candidates 8] [--seconds 8] [--database-url postgresql://...]
"""

import argparse
import http.client
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from academy.app import create_app
from academy.config import read_settings
from academy.db import Base, db
from tests import people
from tests.browser import LiveServer
from tests.exams.papers import small_exam, start
from tests.faults.candidates import BOX_ITEM, Candidate, cookie_of, drawing


def load(
    clients: int, seconds: float, make: Callable[[int], Callable[[http.client.HTTPConnection], None]]
) -> list[float]:
    """Milliseconds of every request that `clients` made in `seconds`, each over one kept connection."""
    took: list[float] = []
    together = threading.Barrier(clients)

    def work(number: int) -> None:
        ask, mine = make(number), []
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        together.wait()
        ends_at = time.perf_counter() + seconds
        while (began := time.perf_counter()) < ends_at:
            ask(connection)
            mine.append((time.perf_counter() - began) * 1000)
        took.extend(mine)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


def health(_number: int) -> Callable[[http.client.HTTPConnection], None]:
    def ask(connection: http.client.HTTPConnection) -> None:
        connection.request("GET", "/healthz")
        connection.getresponse().read()

    return ask


def saving(candidates: list[Candidate]) -> Callable[[int], Callable[[http.client.HTTPConnection], None]]:
    def make(number: int) -> Callable[[http.client.HTTPConnection], None]:
        candidate, rev = candidates[number], 0
        token = candidate._read_token()
        headers = {"Cookie": candidate.cookie, "Content-Type": "application/json", "X-CSRFToken": token}

        def ask(connection: http.client.HTTPConnection) -> None:
            nonlocal rev
            one = {"item": BOX_ITEM, "seq": rev + 1, "base_rev": rev, "answer": drawing(rev + 1)}
            body = json.dumps({"client": "one-and-the-same-window", "answers": [one]})
            connection.request("POST", f"/sittings/{candidate.sitting}/answers", body, headers)
            answer = connection.getresponse()
            told = json.loads(answer.read())
            assert answer.status == 200, told
            rev += 1
            assert told["answers"] == [{"item": BOX_ITEM, "rev": rev}], told

        return ask

    return make


def report(words: str, took: list[float], seconds: float) -> float:
    rate = len(took) / seconds
    cuts = statistics.quantiles(took, n=100)
    print(f"{words:14} {rate:8.0f} a second   median {cuts[49]:6.1f} ms   p99 {cuts[98]:6.1f} ms")
    return rate


def main() -> None:
    global server
    parser = argparse.ArgumentParser()
    parser.add_argument("--candidates", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--database-url")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = chosen.database_url or f"sqlite:///{folder}/academy.db"
        server = LiveServer(Path(folder), ACADEMY_DATABASE_URL=url)
        app = create_app(read_settings(server.environ))
        with app.app_context():
            Base.metadata.create_all(db.engine)
            exam = small_exam(minutes=600)
            users = [people.person(f"수험생{number}") for number in range(chosen.candidates)]
            sittings = [start(exam, user) for user in users]
            cookies = [cookie_of(app, user) for user in users]
            db.session.remove()
            db.engine.dispose()
        server.start()
        try:
            stop = threading.Event()
            candidates = [
                Candidate(server.port, sitting, cookie, stop) for sitting, cookie in zip(sittings, cookies, strict=True)
            ]
            saved = report("durable saves", load(chosen.candidates, chosen.seconds, saving(candidates)), chosen.seconds)
            empty = report("empty route", load(chosen.candidates, chosen.seconds, health), chosen.seconds)
            print(f"ratio          {saved / empty:8.3f}")
        finally:
            server.kill()


if __name__ == "__main__":
    main()
