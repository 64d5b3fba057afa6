"""The whole promise, walked once in Korean on a phone by touch: from a stranger to paid work, and the door that closes
again when the badge is taken back."""

import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from exams.bank.starter import MOCK_EXAM
from tests import people
from tests.browser import DESK, PHONE, ROOT, LiveServer, live_server
from tests.engines import make_app
from tests.hands import draw_by_touch, settle, sign_in
from tests.needs import samples

pytestmark = pytest.mark.browser

NAME, PASSWORD = "김영희", people.PASSWORD
PRICE = 80
READY = ".workspace.is-ready [data-stage] image"
SAVED = "[data-paper-saved][data-state=saved]"


@pytest.fixture
def academy(ready_folder: Path, tmp_path: Path, app: Any) -> Any:
    """A new installation with its staff and with real photographs to practise on."""
    own = tmp_path / "academy"
    with live_server(ready_folder, own) as server:
        command = [sys.executable, "-m", "academy.cli", "gold", "import", "voc", str(samples("boxes-bccd"))]
        command += ["--set", "bccd", "--json"]
        subprocess.run(command, cwd=ROOT, env=server.environ, check=True, stdout=subprocess.DEVNULL)
        staffed = make_app(own, f"sqlite:///{own / 'academy.db'}")
        with staffed.app_context():
            people.reviewer()
            people.operator()
            people.administrator()
        yield server


def ask(server: LiveServer, question: str, *values: Any) -> list[tuple[Any, ...]]:
    """Look into the server's database, as only a test may."""
    with sqlite3.connect(server.data_dir / "academy.db") as base:
        return base.execute(question, values).fetchall()


def gold_of_task(server: LiveServer, task_id: int) -> dict[str, Any]:
    query = "SELECT document FROM gold WHERE task_id = ? ORDER BY version DESC LIMIT 1"
    document: dict[str, Any] = json.loads(ask(server, query, task_id)[0][0])
    return document


class Walker:
    """Somebody with a phone who knows the right answers, and touches the glass only."""

    def __init__(self, browser: Any, server: LiveServer) -> None:
        self.server = server
        self.context = browser.new_context(**PHONE, locale="ko-KR", base_url=server.url)
        self.page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.broken: list[str] = []
        self.page.on("pageerror", lambda error: self.broken.append(str(error)))

    def tap(self, selector: str) -> None:
        target = self.page.locator(selector).first
        target.scroll_into_view_if_needed()
        target.tap()

    def tap_on(self, selector: str) -> None:
        """Tap what leads to another page, and wait for it."""
        with self.page.expect_navigation():
            self.tap(selector)

    def draw(self, objects: list[dict[str, Any]], within: str = "") -> None:
        """Every box with its label; what encloses others first."""
        self.page.wait_for_selector(f"{within} {READY}".strip())
        stage = self.page.locator(f"{within} [data-stage]".strip())
        for thing in sorted(objects, key=lambda thing: -thing["box"][2] * thing["box"][3]):
            self.tap(f"{within} label:has(input[data-label][value='{thing['label']}'])".strip())
            stage.scroll_into_view_if_needed()
            draw_by_touch(self.page, thing["box"], within)
            settle(self.page, within)

    def sign_up(self) -> None:
        self.page.fill("input[name=name]", NAME)
        self.page.fill("input[name=password]", PASSWORD)
        self.tap("label:has(input[name=of_age])")
        self.tap_on("main form button[type=submit]")


def test_from_a_stranger_to_paid_work_and_back(browser, academy):
    walker = Walker(browser, academy)
    try_as_a_guest(walker)
    learn(walker)
    practise_on_a_photograph(walker)
    verify = sit_the_exam(walker)
    an_outsider_checks_the_badge(browser, academy, verify)
    work = label_five(walker)
    one_comes_back(browser, academy)
    fix_it(walker)
    accept_the_rest(browser, academy)
    the_earnings_are_right(walker, work)
    the_badge_is_taken_back_and_the_project_closes(browser, academy, walker)
    assert walker.broken == []


def try_as_a_guest(walker: Walker) -> None:
    page = walker.page
    page.goto("/")
    assert page.get_attribute("html", "lang") == "ko"
    walker.tap_on("a[href='/try']")
    page.wait_for_selector(READY)
    of_picture = "SELECT task.id FROM task JOIN media ON media.id = media_id WHERE token = ?"
    task = ask(walker.server, of_picture, token_on(page))
    walker.draw(gold_of_task(walker.server, task[0][0])["objects"])
    walker.tap("[data-workspace-form] button[type=submit]")
    page.wait_for_selector("[data-report] .verdict")
    walker.tap_on("a[href^='/sign-up']")
    walker.sign_up()
    walker.tap_on("button[form=keep-trial]")
    assert ask(walker.server, "SELECT passed FROM attempt") == [(1,)]


def token_on(page: Any) -> str:
    return page.get_attribute("[data-stage] image", "href").rpartition("/")[2]


def learn(walker: Walker) -> None:
    page = walker.page
    page.goto("/courses")
    walker.tap_on("main a[href='/courses/what-is-labelling']")
    walker.tap_on("form[action$='/enrol'] button")
    if not re.search(r"/courses/what-is-labelling/\w", page.url):
        walker.tap_on("main a[href^='/courses/what-is-labelling/']")
    answers = ask(
        walker.server,
        "SELECT question_version.id, kind, key FROM question_version JOIN question ON question.id = question_id",
    )
    keys = {number: json.loads(key) for number, _kind, key in answers}
    for field in page.locator("#quiz fieldset").all():
        name = field.locator("input").first.get_attribute("name")
        key = keys[int(name.removeprefix("q"))]
        for choice in [key["choice"]] if "choice" in key else key["choices"]:
            field.locator(f".choice:has(input[value='{choice}'])").tap()
    walker.tap_on("#quiz button[type=submit]")
    assert page.locator("#quiz .outcome").count() >= 2
    assert page.locator("#quiz button[type=submit]").count() == 0


def practise_on_a_photograph(walker: Walker) -> None:
    """A real blood smear with few cells."""
    query = """SELECT task.id, gold.document FROM task JOIN task_set ON task_set.id = task_set_id
               JOIN gold ON gold.task_id = task.id WHERE task_set.slug = 'bccd'"""
    few = min(((task, json.loads(document)) for task, document in ask(walker.server, query)),
              key=lambda row: (len(row[1]["objects"]) < 2, len(row[1]["objects"])))  # fmt: skip
    page = walker.page
    page.goto("/practice/bccd")
    page.goto(f"/practice/bccd/{few[0]}")
    forgotten, *drawn = sorted(few[1]["objects"], key=lambda thing: thing["box"][2])
    walker.draw(drawn)
    walker.tap("[data-workspace-form] button[type=submit]")
    page.wait_for_selector("[data-report] .verdict")
    assert page.locator(".verdict-kind.verdict-matched").count() == len(drawn)
    assert page.locator(".verdict-kind.verdict-missed").count() == 1
    missed = page.locator(".verdict:has(.verdict-missed) .verdict-words").inner_text()
    assert re.search("[가-힣]", missed), forgotten
    assert "shenggan" in page.locator(".workspace-source").inner_text()


def sit_the_exam(walker: Walker) -> str:
    """Everything right; the network goes once, and the server is killed once. Returns the badge's public page."""
    page = walker.page
    page.goto(f"/exams/{MOCK_EXAM}")
    walker.tap_on(f"form[action='/exams/{MOCK_EXAM}/start'] button")
    page.wait_for_selector("html[data-ready]", state="attached")
    query = """SELECT paper_item.position, question_version.key, gold.document FROM paper_item
               LEFT JOIN question_version ON question_version.id = paper_item.question_version_id
               LEFT JOIN gold ON gold.id = paper_item.gold_id ORDER BY paper_item.position"""
    paper = ask(walker.server, query)
    assert len(paper) == 10
    for position, key, gold in paper:
        if position == 2:
            walker.context.set_offline(True)
        if position == 5:
            walker.server.kill()
        answer_item(walker, position, json.loads(key or gold))
        if position == 3:
            walker.context.set_offline(False)
        if position == 6:
            walker.server.start()
        if position in {1, 3, 6, 10}:
            page.wait_for_selector(SAVED)
    walker.tap("[data-goto=end]")
    walker.tap("[data-hand-in] button[type=submit]")
    page.wait_for_url("**/result")
    page.wait_for_selector(".score")
    assert ask(walker.server, "SELECT score FROM result")[0][0] == 100
    badge = page.locator("main a[href^='/badges/']").first.get_attribute("href")
    return str(badge)


def answer_item(walker: Walker, position: int, right: dict[str, Any]) -> None:
    page, within = walker.page, f"#item-{position}"
    walker.tap(f"[data-goto='{position}']")
    page.wait_for_selector(f"{within}:not([hidden])")
    if right.get("kind") == "box":
        walker.draw(right["objects"], within)
    elif right.get("kind") == "classification":
        walker.tap(f"{within} label:has(input[value='{right['choice']}'])")
    else:
        for choice in [right["choice"]] if "choice" in right else right["choices"]:
            walker.tap(f"{within} .choice:has(input[value='{choice}'])")


def an_outsider_checks_the_badge(browser: Any, server: LiveServer, address: str) -> None:
    context = browser.new_context(**DESK, locale="en-US", base_url=server.url)
    page = context.new_page()
    page.goto(address)
    assert page.locator("[data-verdict=valid]").count() == 1
    context.close()


def label_five(walker: Walker) -> list[int]:
    """The locked project is open now to whoever says that they are 18; five pictures of the open one are labelled."""
    page = walker.page
    locked, opened = (row[0] for row in ask(walker.server, "SELECT id FROM project ORDER BY price DESC"))
    page.goto(f"/projects/{locked}")
    walker.tap_on("main a.button[href^='/me/data/adult']")
    walker.tap("label:has(input[name=adult])")
    walker.tap_on("main form button[type=submit]")
    assert page.locator(f"form[action='/projects/{locked}/start'] button").count() == 1
    page.goto(f"/projects/{opened}")
    walker.tap_on(f"form[action='/projects/{opened}/start'] button")
    units = []
    for number in range(5):
        page.wait_for_selector(READY)
        unit = int(page.url.rpartition("/")[2].partition("?")[0].partition("#")[0])
        units.append(unit)
        walker.draw([{"label": "person", "box": [100, 120, 200, 240]}])
        last = "[data-workspace-form] button[type=submit]:not([name])"
        walker.tap_on("button[name=take_next]" if number < 4 else last)
    assert len(set(units)) == 5
    return units


def at_a_desk(browser: Any, server: LiveServer, name: str) -> Any:
    """A page of somebody of the staff."""
    page = browser.new_context(**DESK, locale="ko-KR", base_url=server.url).new_page()
    sign_in(page, name)
    return page


def one_comes_back(browser: Any, server: LiveServer) -> None:
    page = at_a_desk(browser, server, "정검수")
    page.goto("/reviews")
    page.click("main a[href^='/reviews/']")
    page.click("label:has(input[name=reason][value=loose])")
    page.fill("textarea[name=note]", "왼쪽 선을 안으로 조금 옮겨 주세요.")
    with page.expect_navigation():
        page.click("form[action$='/return'] button[type=submit]")
    page.context.close()
    assert ask(server, "SELECT count(*) FROM unit WHERE state = 'returned'") == [(1,)]


def fix_it(walker: Walker) -> None:
    page = walker.page
    page.goto("/my/work")
    walker.tap_on("main a[href^='/work/']")
    page.wait_for_selector(READY)
    assert "왼쪽 선을 안으로" in page.inner_text("main")
    walker.draw([{"label": "person", "box": [420, 300, 150, 200]}])
    walker.tap_on("[data-workspace-form] button[type=submit]")


def accept_the_rest(browser: Any, server: LiveServer) -> None:
    page = at_a_desk(browser, server, "정검수")
    for _ in range(5):
        page.goto("/reviews")
        page.click("main a[href^='/reviews/']")
        page.wait_for_url("**/reviews/*")
        with page.expect_navigation():
            page.click("form[action$='/accept'] button")
    page.goto("/reviews")
    assert page.locator("main a[href^='/reviews/']").count() == 0
    page.context.close()


def the_earnings_are_right(walker: Walker, units: list[int]) -> None:
    walker.page.goto("/my/earnings")
    assert f"{PRICE * len(units):,}원" in walker.page.inner_text("main")
    assert ask(walker.server, "SELECT sum(balance) FROM ledger_account") == [(0,)]
    assert ask(walker.server, "SELECT count(*) FROM unit WHERE state = 'accepted'") == [(len(units),)]


def the_badge_is_taken_back_and_the_project_closes(browser: Any, server: LiveServer, walker: Walker) -> None:
    locked = ask(server, "SELECT id FROM project ORDER BY price DESC LIMIT 1")[0][0]
    walker.page.goto(f"/projects/{locked}")
    start = f"form[action='/projects/{locked}/start'] button"
    assert walker.page.locator(start).count() == 1
    operator = at_a_desk(browser, server, "운영자")
    operator.goto("/badges")
    operator.click("main a[href$='/revoke']")
    operator.fill("main form [name=reason]", "시험 답안을 다른 사람이 작성했습니다.")
    with operator.expect_navigation():
        operator.click("main form[action$='/revoke'] button[type=submit]")
    asked = operator.url
    assert operator.locator("button[value=approve]").count() == 0  # two people means two
    second = at_a_desk(browser, server, "관리자")
    second.goto(asked)
    with second.expect_navigation():
        second.click("button[value=approve]")
    second.context.close()
    walker.tap_on(start)  # the page was drawn while the badge was good
    assert walker.page.locator(start).count() == 0
    assert ask(server, "SELECT count(*) FROM lease WHERE project_id = ?", locked) == [(0,)]
    walker.page.goto(f"/projects/{locked}")
    assert walker.page.locator(start).count() == 0
    operator.context.close()
