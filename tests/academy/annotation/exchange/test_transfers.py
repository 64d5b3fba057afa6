"""Files that come in pieces (tus 1.0): who is cut off goes on, nothing is kept twice, nobody sees another's file."""

import base64
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from academy.annotation.exchange import transfer_jobs, transfers
from academy.annotation.exchange.models import Transfer
from academy.clock import now
from academy.db import db, transaction
from academy.errors import Conflict, NotFound
from academy.storage import storage
from tests import people
from tests.engines import both_engines

TUS = {"Tus-Resumable": "1.0.0"}
MB = 2**20


@pytest.fixture
def operator(client: FlaskClient) -> FlaskClient:
    return people.sign_in(client, people.operator())


def begin(client: FlaskClient, size: int, name: str = "세포.zip", data: bytes = b"", **more: str) -> TestResponse:
    told = {"Upload-Length": str(size), "Upload-Metadata": "filename " + base64.b64encode(name.encode()).decode()}
    kind = {"Content-Type": "application/offset+octet-stream"} if data else {}
    return client.post("/gold/transfers", headers=TUS | told | kind | more, data=data)


def add(client: FlaskClient, address: str, offset: int, data: bytes, **more: str) -> TestResponse:
    told = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
    return client.patch(address, headers=TUS | told | more, data=data)


def here(client: FlaskClient, address: str) -> int:
    answer = client.head(address, headers=TUS)
    assert answer.headers["Cache-Control"] == "no-store"
    return int(answer.headers["Upload-Offset"])


def the_transfer() -> Transfer:
    return db.session.scalars(select(Transfer)).one()


def pieces() -> list[str]:
    return [stored.key for stored in storage().list("transfers/")]


@both_engines
def test_a_file_comes_in_pieces_and_whoever_was_cut_off_goes_on(operator: FlaskClient):
    whole = bytes(range(256)) * 100
    answer = begin(operator, len(whole))
    assert answer.status_code == 201
    address = answer.headers["Location"]
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    for offset in range(0, len(whole), 10_000):
        assert here(operator, address) == offset
        sent = add(operator, address, offset, whole[offset : offset + 10_000])
        assert (sent.status_code, sent.data) == (204, b"")
    assert here(operator, address) == len(whole)
    transfer = the_transfer()
    with transaction():
        (source,) = transfers.hand_over([transfer.token], transfer.by_id)
    assert source["name"] == "세포.zip"
    assert b"".join(storage().get(key) for key in source["pieces"]) == whole
    assert operator.head(address, headers=TUS).status_code == 404, "it became something else"


def test_the_first_piece_may_come_with_the_announcement(operator: FlaskClient):
    answer = begin(operator, 5, data=b"abcde")
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, "5")


@both_engines
def test_a_piece_that_is_not_the_next_one_is_refused_and_leaves_nothing(operator: FlaskClient):
    address = begin(operator, 10).headers["Location"]
    assert add(operator, address, 0, b"12345").status_code == 204
    for offset in (0, 4, 6):
        assert add(operator, address, offset, b"12345").status_code == 409
    assert add(operator, address, 5, b"123456").status_code == 413
    assert len(pieces()) == 1
    assert here(operator, address) == 5


def test_two_windows_that_send_the_same_piece_keep_it_once(operator: FlaskClient):
    begin(operator, 10)
    transfer = the_transfer()
    keys = [transfers.lay_piece(transfer.token, 0, b"12345") for _ in range(2)]
    with transaction():
        transfers.take_piece(transfers.of_person(transfer.token, transfer.by_id), 0, keys[0], 5, now())
    with pytest.raises(Conflict), transaction():
        transfers.take_piece(transfers.of_person(transfer.token, transfer.by_id), 0, keys[1], 5, now())
    assert the_transfer().pieces == keys[:1]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"Tus-Resumable": "0.2.2"}, 412),
        ({"Upload-Offset": "-1"}, 422),
        ({"Upload-Offset": "９"}, 422),
        ({"Content-Type": "application/json"}, 415),
    ],
)
def test_what_is_not_the_protocol_is_refused(operator: FlaskClient, change: dict[str, Any], status: int):
    address = begin(operator, 10).headers["Location"]
    told = TUS | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"} | change
    told = {name: value.encode().decode("latin-1") for name, value in told.items()}
    assert operator.patch(address, headers=told, data=b"x").status_code == status


@pytest.mark.parametrize(
    ("size", "status"), [("", 422), ("0", 422), ("x", 422), (str(2**31 + 1), 413), ("9" * 30, 422)]
)
def test_a_size_must_be_a_size(operator: FlaskClient, size: str, status: int):
    answer = operator.post("/gold/transfers", headers=TUS | {"Upload-Length": size})
    assert answer.status_code == status


def test_a_piece_may_not_be_too_large(operator: FlaskClient):
    address = begin(operator, 20 * MB).headers["Location"]
    assert add(operator, address, 0, b"x" * (8 * MB + 1)).status_code == 413
    assert add(operator, address, 0, b"x" * (8 * MB)).status_code == 204


def test_one_person_may_not_fill_the_house(operator: FlaskClient, monkeypatch):
    monkeypatch.setattr(transfers, "MOST_BYTES", 100)
    assert begin(operator, 60).status_code == 201
    assert begin(operator, 60).status_code == 422


def test_other_people_do_not_see_it(operator: FlaskClient, app):
    address = begin(operator, 10).headers["Location"]
    other = people.sign_in(app.test_client(), people.person("Other operator", people.Role.OPERATOR))
    assert other.head(address, headers=TUS).status_code == 404
    assert add(other, address, 0, b"x").status_code == 404
    assert other.delete(address, headers=TUS).status_code == 404
    token, by_id = the_transfer().token, the_transfer().by_id
    with pytest.raises(NotFound), transaction():
        transfers.hand_over([token], by_id + 1)


def test_without_the_token_against_forged_requests_nothing_is_taken(app, operator: FlaskClient):
    app.config["WTF_CSRF_ENABLED"] = True
    assert begin(operator, 10).status_code == 419


def test_half_a_file_is_not_handed_over(operator: FlaskClient):
    begin(operator, 10, data=b"12345")
    token, by_id = the_transfer().token, the_transfer().by_id
    with pytest.raises(Conflict, match=r"세포\.zip"), transaction():
        transfers.hand_over([token], by_id)


@both_engines
def test_what_is_given_up_is_gone(operator: FlaskClient):
    address = begin(operator, 10, data=b"12345").headers["Location"]
    assert operator.delete(address, headers=TUS).status_code == 204
    assert pieces() == []
    assert operator.head(address, headers=TUS).status_code == 404


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\data\\passwd", "/etc/passwd"])
def test_a_name_leads_nowhere(operator: FlaskClient, name: str):
    begin(operator, 10, name)
    assert the_transfer().name == "passwd"


@both_engines
def test_what_nobody_goes_on_with_goes_after_two_days(operator: FlaskClient):
    begin(operator, 10, data=b"12345")
    transfer_jobs.drop_forgotten_transfers()
    assert len(pieces()) == 1
    with time_machine.travel(now() + timedelta(days=2, minutes=1), tick=False):
        transfer_jobs.drop_forgotten_transfers()
    assert pieces() == []


def test_pieces_that_no_row_names_are_swept_some_nights_later(operator: FlaskClient):
    begin(operator, 10, data=b"12345")
    token = the_transfer().token
    lost = transfers.lay_piece(token, 5, b"678")
    night = now().replace(hour=18, minute=40)
    with time_machine.travel(night, tick=False):
        transfer_jobs.sweep_pieces()
    assert lost in pieces(), "it may be about to be named"
    with time_machine.travel(night + timedelta(days=5), tick=False):
        transfer_jobs.sweep_pieces()
    assert pieces() == the_transfer().pieces
