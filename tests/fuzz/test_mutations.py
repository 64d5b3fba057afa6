"""Mutated bodies, pictures, archives and texts raise nothing that is not caught and said in a sentence.

The suite takes a small share, always the same; `make fuzz` takes all 200,000. What was found is in
docs/security/fuzzing.md.
"""

import io
import json
import os
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from academy import limits
from academy.annotation.formats import coco, datumaro
from academy.annotation.formats.found import FoundItem, Options, Problem, UnreadableSource
from academy.annotation.formats.places import Place
from academy.credentials.image import NotBaked, bake, draw, read_baked
from academy.grading.documents import READERS, RefusedDocument
from academy.grading.engine import grade
from academy.safe_json import RefusedJson, parse_json
from academy.uploads.archives import files_in
from academy.uploads.pictures import open_picture
from academy.uploads.rules import MAX_PIXELS, RefusedFile
from academy.uploads.texts import read_text
from tests import people
from tests.fuzz.mutating import broken, mutated_json, mutated_picture, pictures
from tests.tour import World, addresses, right_answer

ALL = int(os.environ.get("ACADEMY_FUZZ", "4000"))
SEED = int(os.environ.get("ACADEMY_FUZZ_SEED", "20261122"))
SLOWEST = 5.0
"""Seconds for one of them, on a busy machine."""


def share(part: float) -> int:
    return max(50, round(ALL * part))


def timed(work: Callable[[], Any], what: Any) -> Any:
    began = time.perf_counter()
    found = work()
    assert time.perf_counter() - began < SLOWEST, what
    return found


BOXES = {
    "kind": "box",
    "image": {"width": 640, "height": 480},
    "objects": [
        {"id": "1", "label": "person", "box": [40, 40, 120, 160]},
        {"id": 2, "label": "bicycle", "box": [1, 2, 30.5, 4]},
    ],
}
CHOICE = {"kind": "classification", "image": {"width": 640, "height": 480}, "choice": "street"}


def test_bodies_are_read_or_refused():
    """Reader, drawing and grade: what every JSON route does with a body, without a database."""
    chance = Random(SEED)
    told = Counter[str]()
    for number in range(share(0.6)):
        base = chance.choice((BOXES, CHOICE))
        body = mutated_json({"document": base, "take_next": False}, chance)
        told[timed(lambda body=body, base=base: read_and_grade(body, base), (number, body[:200]))] += 1
    assert told["graded"] > ALL * 0.01, told
    assert told["json"] > ALL * 0.01, told
    assert told["document"] > ALL * 0.01, told
    assert "silence" not in told


def read_and_grade(body: bytes, base: dict[str, Any]) -> str:
    try:
        value = parse_json(body)
    except RefusedJson as refused:
        return "json" if str(refused) else "silence"
    document = value.get("document") if isinstance(value, dict) else value
    try:
        READERS[base["kind"]](document, gold=False)
        report = grade(base["kind"], base, document, {})
    except RefusedDocument as refused:
        return "document" if refused.message else "silence"
    assert 0 <= report.score <= 1
    json.dumps(report.as_dict(), allow_nan=False)
    return "graded"


@pytest.fixture
def unlimited(app, monkeypatch):
    """Nobody is told to wait, so that every body is read."""
    monkeypatch.setattr(limits, "spend", lambda *_who, **_more: None)
    return app


def targets(world: World) -> Iterator[tuple[str, str, str, Any]]:
    """Who sends what where: a good body for each JSON route."""
    for endpoint in ("courses.practice.submit", "courses.practice.try_submit", "academy.projects.submit"):
        address = people.path(endpoint, **addresses(world).get(endpoint, {}))
        yield endpoint, "김영희", address, {"document": BOXES, "take_next": True}
    given = [{"item": 1, "seq": 1, "base_rev": 0, "answer": {"choice": "a"}}]
    given.append({"item": 2, "seq": 2, "base_rev": 1, "answer": right_answer(BOXES)})
    paper = people.path("exams.sittings.save", public_id=world.running_sitting)
    yield "exams.sittings.save", "이철수", paper, {"client": "fuzz-client", "hello": True, "answers": given}
    response = {"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA", "userHandle": "AA"}
    credential = {"id": "AAAA", "type": "public-key", "rawId": "AAAA", "response": response}
    asked = {"purpose": "sign in", "next": "/courses", "credential": credential}
    yield "academy.accounts.answer_passkey", "", people.path("academy.accounts.answer_passkey"), asked
    yield "academy.accounts.ask_passkey", "", people.path("academy.accounts.ask_passkey"), {"purpose": "sign in"}


@pytest.mark.played
def test_bodies_sent_to_every_json_route_are_answered(unlimited: Flask, world):
    chance = Random(SEED + 1)
    wanted = list(targets(world))
    clients: dict[str, FlaskClient] = {"": unlimited.test_client()}
    for _, name, *_rest in wanted:
        if name not in clients:
            clients[name] = people.sign_in(unlimited.test_client(), people.known(name))
    told = Counter[tuple[str, int]]()
    for number in range(share(0.1)):
        endpoint, name, address, base = chance.choice(wanted)
        body = mutated_json(base, chance)
        headers = {"Idempotency-Key": f"fuzz-{SEED}-{number:012d}", "Accept": "application/json"}
        send = lambda name=name, address=address, body=body, headers=headers: clients[name].post(  # noqa: E731
            address, data=body, content_type="application/json", headers=headers
        )
        answer = timed(send, (endpoint, body[:200]))
        assert answer.status_code < 500, (endpoint, body)
        assert answer.is_json or answer.mimetype == "application/problem+json", (endpoint, body)
        told[endpoint, answer.status_code] += 1
    assert {endpoint for endpoint, _ in told} == {endpoint for endpoint, *_ in wanted}
    assert not [key for key in told if key[1] not in {200, 401, 403, 404, 409, 410, 413, 422}], told


@pytest.mark.played
def test_badges_shown_to_us_are_judged_or_refused(unlimited: Flask, world):
    """Somebody shows us a badge that was changed: a verdict or a sentence, and never "valid"."""
    chance = Random(SEED + 2)
    client = unlimited.test_client()
    address = people.path("academy.credentials.credential", public_id=world.badge)
    badge = client.get(address).json
    good = json.dumps(badge)
    for _ in range(share(0.005)):
        body = mutated_json(badge, chance)
        answer = timed(lambda body=body: client.post("/verify", data={"badge": body}), body[:300])
        assert answer.status_code in {200, 302, 422}, body
        if answer.status_code == 200 and "pill--ok" in answer.get_data(as_text=True):
            assert json.loads(body) == json.loads(good)


def test_pictures_are_made_anew_or_refused():
    chance = Random(SEED + 3)
    seeds = pictures()
    told = Counter[str]()
    for number in range(share(0.22)):
        data = mutated_picture(seeds, chance)
        told[timed(lambda data=data: opened(data), (number, data[:80]))] += 1
    assert told["made"] > ALL * 0.005, told
    assert told["refused"] > ALL * 0.05, told


def opened(data: bytes) -> str:
    try:
        picture = open_picture(data)
    except RefusedFile:
        return "refused"
    with Image.open(io.BytesIO(picture.data), formats=("PNG", "JPEG", "WEBP")) as again:
        again.load()
        assert again.size == (picture.width, picture.height)
        assert again.width * again.height <= MAX_PIXELS
        assert not again.getexif()
        assert getattr(again, "n_frames", 1) == 1
    assert b"<script" not in picture.data
    assert b"where I live" not in picture.data
    return "made"


def test_badges_inside_pictures_are_read_or_refused():
    chance = Random(SEED + 4)
    seeds = [bake(draw(1), {"id": "urn:x", "a": "b" * 40}), *pictures()]
    for _ in range(share(0.02)):
        with suppress(NotBaked, RefusedJson):
            parse_json(read_baked(mutated_picture(seeds, chance)))


def test_archives_and_texts_are_read_or_refused():
    chance = Random(SEED + 5)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (("a.png", pictures()[0]), ("b/한글.json", b"{}" * 400), ("c.txt", b"0" * 9_000)):
            archive.writestr(name, data)
    words = ("안녕하세요, 1\r\n2\n", "a,b\n=1+1")
    texts = [text.encode(kind) for text in words for kind in ("utf-8", "cp949", "utf-16")]
    for _ in range(share(0.03)):
        with suppress(RefusedFile):
            for found in files_in(io.BytesIO(broken(made.getvalue(), chance))):
                assert not (found.data and found.refused)
        with suppress(RefusedFile):
            assert "\0" not in read_text(broken(chance.choice(texts), chance))


PACKED = {"size": [18, 24], "counts": "d04>000V;"}
COCO: dict[str, Any] = {
    "images": [{"id": 1, "file_name": "a.png", "width": 24, "height": 18}],
    "categories": [{"id": 1, "name": "cat", "keypoints": ["nose", "ear"], "skeleton": [[1, 2]]}],
    "annotations": [
        {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "iscrowd": 0},
        {"id": 2, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "segmentation": [[1, 2, 4, 2, 4, 6]]},
        {"id": 3, "image_id": 1, "category_id": 1, "segmentation": PACKED, "iscrowd": 1, "area": 12.0},
        {"id": 4, "image_id": 1, "category_id": 1, "keypoints": [1, 2, 2, 0, 0, 0], "attributes": {"side": "left"}},
        {"id": 5, "image_id": 1, "caption": "a cat"},
    ],
}
DATUMARO: dict[str, Any] = {
    "categories": {"label": {"labels": [{"name": "cat", "parent": "", "attributes": []}]}},
    "items": [
        {
            "id": "a",
            "image": {"path": "a.png", "size": [18, 24]},
            "annotations": [
                {"id": 1, "type": "bbox", "label_id": 0, "group": 1, "bbox": [1, 2, 3, 4]},
                {"id": 2, "type": "points", "label_id": 0, "group": 1, "points": [1, 2], "visibility": [2]},
                {"id": 3, "type": "polygon", "label_id": 0, "group": 2, "points": [1, 2, 4, 2, 4, 6]},
                {"id": 4, "type": "mask", "label_id": 0, "rle": PACKED},
                {"id": 5, "type": "cuboid_3d", "label_id": 0, "position": [1, 2, 3], "rotation": [0, 0, 1],
                 "scale": [1, 1, 1]},
                {"id": 6, "type": "label", "label_id": 0},
            ],
        }
    ],
}  # fmt: skip


@pytest.mark.parametrize(("form", "base"), [(coco.FORM, COCO), (datumaro.FORM, DATUMARO)])
def test_other_tools_files_are_read_or_refused(tmp_path, form, base):
    """As they are imported: each mistake is a sentence about its file, and what comes in has names."""
    chance = Random(SEED + 6)
    for _ in range(share(0.0125)):
        (tmp_path / "annotations.json").write_bytes(mutated_json(base, chance))
        with suppress(UnreadableSource):
            for found in form.read(Place(tmp_path / "annotations.json"), Options()):
                if isinstance(found, Problem):
                    assert found.words("en")
                    json.dumps(found.as_json())
                elif isinstance(found, FoundItem):
                    assert found.name
                    assert len({thing.id for thing in found.objects}) == len(found.objects)
