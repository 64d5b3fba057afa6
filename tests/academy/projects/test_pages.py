"""The pages of paid work: who sees what, and what they say."""

import re

import pytest
from sqlalchemy import select

from academy.db import db
from academy.projects.models import Review, ReviewDecision, Unit
from academy.projects.rules import UnitState
from tests import people
from tests.academy.projects.work import (
    SECRET_BOX,
    a_project,
    document,
    give_badge,
    hand_in,
    revoke,
    submissions_of,
    take,
)
from tests.counting import queries_of
from tests.engines import both_engines


def start(client, project_id):
    return client.post(people.path("academy.projects.start", project_id=project_id))


def submit(client, unit_id, drawn, key="a key of this page", **more):
    url = people.path("academy.projects.submit", unit_id=unit_id)
    return client.post(url, json={"document": drawn, **more}, headers={"Idempotency-Key": key})


@both_engines
def test_from_start_to_handing_in(app, client):
    project_id, me = a_project(people.project_client()), people.outsider()
    people.sign_in(client, me)
    answer = start(client, project_id)
    assert answer.status_code == 302
    unit_id = int(answer.location.rsplit("/", 1)[1])
    assert "data-workspace" in client.get(answer.location).get_data(as_text=True)
    sent = submit(client, unit_id, document([5, 5, 20, 20]))
    assert sent.status_code == 200
    assert sent.get_json()["saved"] is True
    assert sent.get_json()["location"] == people.path("academy.projects.show", project_id=project_id)
    assert submit(client, unit_id, document([5, 5, 20, 20])).get_json()["number"] == 1
    assert len(submissions_of(unit_id)) == 1
    assert submissions_of(unit_id)[0].document == document([5, 5, 20, 20])


def test_handing_in_can_bring_the_next_picture(client):
    project_id, me = a_project(people.project_client()), people.outsider()
    unit_id = take(project_id, me)
    people.sign_in(client, me)
    following = submit(client, unit_id, document(), take_next="1").get_json()["location"]
    assert re.fullmatch(r"/work/\d+", following)
    again = submit(client, unit_id, document(), take_next="1").get_json()["location"]
    assert again == following


@pytest.mark.parametrize(
    "drawn",
    [
        None,
        {"kind": "classification", "choice": "car"},
        document([5, 5, -1, 20]),
        document([5, 5, 20, 20], label="spaceship"),
        {"kind": "box", "objects": "many"},
    ],
)
def test_what_can_not_be_used_is_refused_with_a_sentence(client, drawn):
    project_id, me = a_project(people.project_client()), people.outsider()
    unit_id = take(project_id, me)
    people.sign_in(client, me)
    answer = submit(client, unit_id, drawn)
    assert answer.status_code == 422
    assert answer.get_json()["detail"]
    assert submissions_of(unit_id) == []


def test_other_peoples_units_do_not_exist(client):
    project_id, me, other = a_project(people.project_client()), people.newcomer(), people.outsider()
    unit_id = take(project_id, me)
    people.sign_in(client, other)
    url = people.path("academy.projects.unit", unit_id=unit_id)
    assert client.get(url).status_code == 404
    assert submit(client, unit_id, document()).status_code == 404
    assert client.post(people.path("academy.projects.skip", unit_id=unit_id)).status_code == 404
    hand_in(unit_id, me)
    assert client.get(url).status_code == 404


def test_a_locked_project_shows_its_pay_and_what_is_missing(client):
    project_id = a_project(people.project_client(), price=350, badge="sharp-eye")
    people.sign_in(client, people.outsider())
    for page in (people.path("academy.projects.index"), people.path("academy.projects.show", project_id=project_id)):
        text = client.get(page).get_data(as_text=True)
        assert "KRW 350" in text
        assert "Badge: Streets" in text
        assert 'href="/exams/streets"' in text
    refused = start(client, project_id)
    assert refused.status_code == 403
    assert 'href="/exams/streets"' in refused.get_data(as_text=True)


def test_open_projects_come_before_locked_ones(client):
    payer = people.project_client()
    opened = a_project(payer, slug="open")
    locked = a_project(payer, slug="locked", badge="sharp-eye")
    me = people.outsider()
    people.sign_in(client, me)
    links = re.findall(
        r'href="/projects/(\d+)"', client.get(people.path("academy.projects.index")).get_data(as_text=True)
    )
    assert [int(link) for link in links] == [opened, locked]


def test_a_revoked_badge_closes_everything_at_the_next_request(client):
    project_id = a_project(people.project_client(), badge="sharp-eye")
    me, operator = people.outsider(), people.operator()
    award = give_badge(me)
    unit_id = take(project_id, me)
    people.sign_in(client, me)
    url = people.path("academy.projects.unit", unit_id=unit_id)
    assert client.get(url).status_code == 200
    revoke(award, operator)
    assert client.get(url).status_code == 403
    assert submit(client, unit_id, document()).status_code == 403
    assert start(client, project_id).status_code == 403


@both_engines
def test_a_reviewer_sends_back_and_the_labeler_reads_why(app, client):
    project_id, me, reviewer = a_project(people.project_client()), people.outsider(), people.reviewer()
    unit_id = take(project_id, me)
    review_id = hand_in(unit_id, me)
    people.sign_in(client, reviewer)
    assert f"/reviews/{review_id}" in client.get(people.path("academy.projects.desk")).get_data(as_text=True)
    page = client.get(people.path("academy.projects.review", review_id=review_id)).get_data(as_text=True)
    assert '"read_only":true' in page
    url = people.path("academy.projects.send_back", review_id=review_id)
    assert client.post(url, data={}).status_code == 422
    assert client.post(url, data={"reason": "other", "note": ""}).status_code == 422
    said = {"reason": "loose", "note": "The right edge is far off.", "rule": "1", "pins": ["1"]}
    assert client.post(url, data=said).status_code == 302
    assert client.post(url, data=said).status_code == 409
    people.sign_in(client, me)
    page = client.get(people.path("academy.projects.unit", unit_id=unit_id)).get_data(as_text=True)
    assert "The edges are not tight." in page
    assert "The right edge is far off." in page
    assert 'data-pin="1"' in page
    assert '"read_only":false' in page
    assert "The right edge is far off." in client.get(people.path("academy.ledger.earnings")).get_data(as_text=True)
    assert "The right edge is far off." in client.get(people.path("academy.projects.mine")).get_data(as_text=True)
    assert submit(client, unit_id, document([6, 6, 20, 20]), key="fixed it again").status_code == 200
    people.sign_in(client, reviewer)
    again = db.session.scalars(select(Review.id).order_by(Review.id.desc())).first()
    assert client.post(people.path("academy.projects.accept", review_id=again)).status_code == 302
    assert client.post(people.path("academy.projects.accept", review_id=again)).status_code == 409
    people.sign_in(client, me)
    assert "KRW 100" in client.get(people.path("academy.ledger.earnings")).get_data(as_text=True)


def test_own_work_is_not_on_the_reviewers_desk(client):
    project_id, reviewer = a_project(people.project_client()), people.reviewer()
    review_id = hand_in(take(project_id, reviewer), reviewer)
    people.sign_in(client, reviewer)
    assert f"/reviews/{review_id}" not in client.get(people.path("academy.projects.desk")).get_data(as_text=True)
    assert client.get(people.path("academy.projects.review", review_id=review_id)).status_code == 404
    assert client.post(people.path("academy.projects.accept", review_id=review_id)).status_code == 404
    assert db.session.scalars(select(ReviewDecision)).all() == []


def test_a_learner_is_no_reviewer(client):
    project_id, me = a_project(people.project_client()), people.newcomer()
    review_id = hand_in(take(project_id, me), me)
    people.sign_in(client, people.outsider())
    assert client.get(people.path("academy.projects.desk")).status_code == 403
    assert client.post(people.path("academy.projects.accept", review_id=review_id)).status_code == 403


def test_hidden_gold_never_leaves_the_server(client):
    project_id, me, reviewer = a_project(people.project_client(), gold=1), people.outsider(), people.reviewer()
    people.sign_in(client, me)
    pages = [client.get("/projects"), client.get(f"/projects/{project_id}"), start(client, project_id)]
    unit_id = int(pages[-1].location.rsplit("/", 1)[1])
    pages.append(client.get(f"/work/{unit_id}"))
    pages.append(submit(client, unit_id, document([5, 5, 20, 20])))
    pages += [client.get(f"/work/{unit_id}"), client.get("/my/work"), client.get("/my/earnings")]
    people.sign_in(client, reviewer)
    review_id = db.session.scalars(select(Review.id)).one()
    pages += [client.get("/reviews"), client.get(f"/reviews/{review_id}")]
    for page in pages:
        whole = page.get_data(as_text=True) + str(page.headers)
        assert not any(str(number) in whole for number in SECRET_BOX)
        assert '"gold":' not in whole


def test_pictures_with_gold_look_like_all_others(client):
    project_id, me = a_project(people.project_client(), 2, gold=1), people.outsider()
    people.sign_in(client, me)
    shapes = []
    for _ in range(2):
        unit_id = take(project_id, me)
        page = client.get(f"/work/{unit_id}").get_data(as_text=True)
        page = re.sub(r'csrf[^>]*content="[^"]*"|value="[^"]*"|"draft_key":"[^"]*"', "", page)
        shapes.append(re.sub(r"\d+", "0", page))
        hand_in(unit_id, me)
    assert shapes[0] == shapes[1]


def test_the_client_follows_the_own_project_and_others_do_not(client):
    payer = people.project_client()
    project_id = a_project(payer, 3)
    me = people.outsider()
    hand_in(take(project_id, me), me)
    people.sign_in(client, payer)
    page = client.get(f"/projects/{project_id}").get_data(as_text=True)
    assert "KRW 300" in page
    assert "0 of 3 pictures accepted" in page
    assert "0 of 3 pictures accepted" in client.get("/projects/progress").get_data(as_text=True)
    people.sign_in(client, me)
    assert "Set aside" not in client.get(f"/projects/{project_id}").get_data(as_text=True)
    assert client.get("/projects/progress").status_code == 403


def test_a_stranger_sees_projects_and_is_asked_to_sign_in(client):
    project_id = a_project(people.project_client())
    assert client.get("/projects").status_code == 200
    assert "/sign-in" in client.get(f"/projects/{project_id}").get_data(as_text=True)
    assert client.get("/projects/999").status_code == 404


def test_skipping_gives_the_picture_back(client):
    project_id, me = a_project(people.project_client(), 2), people.outsider()
    unit_id = take(project_id, me)
    people.sign_in(client, me)
    assert client.post(f"/work/{unit_id}/skip").status_code == 302
    assert db.session.get_one(Unit, unit_id).state is UnitState.WAITING
    assert client.get(f"/work/{unit_id}").status_code == 404


def test_no_page_asks_more_with_more_rows(client):
    payer, me, reviewer = people.project_client(), people.outsider(), people.reviewer()
    for number in range(12):
        a_project(payer, 2, slug=f"p{number}", badge="sharp-eye" if number % 2 else None)
    project_id = a_project(payer, 40, slug="many")
    unit_id = 0
    for number in range(30):
        unit_id = take(project_id, me)
        review_id = hand_in(unit_id, me)
        if number % 3 == 0:
            people.sign_in(client, reviewer)
            client.post(f"/reviews/{review_id}/return", data={"reason": "missed", "note": "Look again."})
            returned = unit_id
    holding = take(project_id, me)
    pages = {
        me: [
            "/projects",
            f"/projects/{project_id}",
            f"/work/{holding}",
            f"/work/{returned}",
            "/my/work",
            "/my/earnings",
        ],
        reviewer: ["/reviews", f"/reviews/{review_id}"],
        payer: ["/projects/progress", f"/projects/{project_id}"],
    }
    for person, addresses in pages.items():
        people.sign_in(client, person)
        for address in addresses:
            with queries_of() as asked:
                assert client.get(address).status_code == 200, address
            assert len(asked) <= 12, (address, len(asked), asked)
