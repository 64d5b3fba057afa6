"""Pages a second beside the empty route of the same server, and what a cold page weighs, in one run.

Starts the production server (granian, one process) on a played installation. Each page is asked for by some clients
over kept connections, for a short while before and after the empty route, so that other work on the machine slows both;
the middle of the ratios counts. Then a real Chromium with nothing kept opens each page.

    python -m benchmarks.pages [--clients 4] [--seconds 1.5] [--rounds 3] [--no-browser]
"""

import argparse
import http.client
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import sync_playwright

from tests import people
from tests.browser import CHROMIUM_OPTIONS, PHONE, LiveServer, live_server
from tests.engines import Sqlite
from tests.faults.candidates import cookie_of
from tests.needs import chromium
from tests.tour import World, addresses
from tests.weight import Scale, Weight

EMPTY = "/healthz"
LEARNER, CANDIDATE, INSTRUCTOR = "김영희", "이철수", "박선생"


class Place(NamedTuple):
    words: str
    address: str
    name: str | None
    """Who looks at it; None is a guest."""


def places(world: World) -> list[Place]:
    known = addresses(world)

    def of(endpoint: str) -> str:
        return people.path(endpoint, **known.get(endpoint, {}))

    return [
        Place("home, guest", "/", None),
        Place("home", "/", LEARNER),
        Place("courses", of("courses.catalogue.index"), None),
        Place("lesson", of("courses.learning.lesson"), LEARNER),
        Place("workspace", of("courses.practice.task"), LEARNER),
        Place("exam", of("exams.bank.show"), LEARNER),
        Place("exam paper", people.path("exams.sittings.paper", public_id=world.running_sitting), CANDIDATE),
        Place("projects", of("academy.projects.index"), LEARNER),
        Place("verify", of("academy.credentials.verify"), None),
        Place("earnings", of("academy.ledger.earnings"), LEARNER),
        Place("classes", of("courses.cohorts.index"), LEARNER),
    ]


def rate(server: LiveServer, address: str, cookie: str, clients: int, seconds: float) -> float:
    """Answers a second, each client asking over one kept connection as often as it can."""
    answered: list[int] = []
    together = threading.Barrier(clients)

    def ask() -> None:
        connection = http.client.HTTPConnection("localhost", server.port, timeout=30)
        headers = {"Cookie": cookie, "Accept-Encoding": "gzip", "Accept": "text/html", "Accept-Language": "ko"}
        together.wait()
        ends_at, count = time.perf_counter() + seconds, 0
        while time.perf_counter() < ends_at:
            connection.request("GET", address, headers=headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, (address, answer.status)
            count += 1
        answered.append(count)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(answered) / seconds


def measure(server: LiveServer, place: Place, cookie: str, chosen: argparse.Namespace) -> tuple[float, float]:
    """The page's answers a second, and their ratio to the empty route around them."""
    rate(server, place.address, cookie, chosen.clients, 0.3)
    rates, ratios = [], []
    before = rate(server, EMPTY, "", chosen.clients, chosen.seconds / 2)
    for _ in range(chosen.rounds):
        page = rate(server, place.address, cookie, chosen.clients, chosen.seconds)
        after = rate(server, EMPTY, "", chosen.clients, chosen.seconds / 2)
        rates.append(page)
        ratios.append(page / ((before + after) / 2))
        before = after
    return statistics.median(rates), statistics.median(ratios)


def weights(server: LiveServer, wanted: list[Place]) -> list[Weight]:
    found = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_OPTIONS)
        scales: dict[str | None, Scale] = {}
        for place in wanted:
            if place.name not in scales:
                context = browser.new_context(base_url=server.url, locale="ko-KR", **PHONE)
                scales[place.name] = Scale(context.new_page())
                if place.name:
                    scales[place.name].sign_in(place.name)
            found.append(scales[place.name].weigh(place.address))
        browser.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-browser", action="store_true", help="Leave the weights out.")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "played").mkdir()
        app = Sqlite(folder / "shared", folder / "played").fresh("played")
        with app.app_context():
            wanted = places(World.read(folder / "shared" / "played-data"))
            cookies: dict[str | None, str] = {None: ""}
            for person in (LEARNER, CANDIDATE):
                cookies[person] = cookie_of(app, people.known(person))
        with live_server(folder / "played", folder / "server", ACADEMY_ENVIRONMENT="production") as server:
            weighed = [] if chosen.no_browser else weights(server, wanted)
            empty = rate(server, EMPTY, "", chosen.clients, chosen.seconds)
            print(f"| page | answers a second | to the empty route ({empty:.0f}) | cold KB | requests | pictures KB |")
            print("|---|---|---|---|---|---|")
            for number, place in enumerate(wanted):
                answers, ratio = measure(server, place, cookies[place.name], chosen)
                weight = "| | | |"
                if weighed:
                    cold = weighed[number]
                    weight = f"| {cold.size / 1000:.1f} | {cold.requests} | {cold.pictures_size / 1000:.1f} |"
                print(f"| {place.words} | {answers:.0f} | {ratio:.3f} {weight}", flush=True)


if __name__ == "__main__":
    main()
