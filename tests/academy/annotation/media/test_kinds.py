"""Sounds, videos, clouds, texts and very large pictures are kept once and served by the rule of pictures."""

import io
import json

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from academy.annotation import operations, queries
from academy.annotation.media import deriving
from academy.annotation.media.keeping import Rights, keep, keep_text, keep_video
from academy.annotation.models import Media, MediaFrame, Task
from academy.annotation.rules import MediaKind
from academy.clock import now
from academy.db import db, transaction
from academy.jobs import Job
from academy.storage import LocalFolder, storage
from academy.uploads.clouds import open_cloud
from academy.uploads.sounds import open_sound
from academy.uploads.thumbnails import open_with_thumbnail
from academy.uploads.tiles import Pyramid
from tests import people
from tests.academy.annotation.samples import box_set, picture
from tests.academy.uploads.media_samples import heard, pcd, points, sound, tone
from tests.engines import both_engines
from tests.people import sign_in

OPEN = Rights("CC BY 4.0", "The makers", {"ko": "보기", "en": "An example"}, public=True)
CLOSED = OPEN._replace(public=False)
PARTS = {
    "picture": ("", "/thumb"),
    "sound": ("", "/thumb", "/peaks"),
    "cloud": ("", "/thumb", "/points", "/views/top", "/views/side"),
    "video": ("/thumb", "/frames/0", "/frames/1"),
    "large": ("", "/thumb", "/tiles/0/0/0", "/tiles/3/4/0"),
}


def kept(rights: Rights = OPEN) -> dict[str, Media]:
    frames = [open_with_thumbnail(picture((x, 2, 9, 9), size=(400, 300))) for x in (1, 20)]
    with transaction():
        return {
            "picture": keep(open_with_thumbnail(picture()), rights),
            "sound": keep(open_sound(sound()), rights),
            "cloud": keep(open_cloud(pcd(points())), rights),
            "video": keep_video(frames, rights),
            "large": keep(open_with_thumbnail(picture((1, 1, 9, 9), size=(4_100, 600))), rights),
            "text": keep_text([("", "첫 줄\n둘째 줄 😀")], rights),
        }


def address(media: Media, part: str = "") -> str:
    return f"/media/{media.token}{part}"


@both_engines
def test_every_kind_is_served_as_nothing_but_what_it_is(client: FlaskClient):
    media = kept()
    types = {
        "": {"picture": "image/png", "sound": "audio/wav", "cloud": "application/octet-stream", "large": "image/png"},
        "/thumb": {"picture": "image/png"}, "/peaks": {"sound": "application/json"},
        "/points": {"cloud": "application/octet-stream"}, "/frames/0": {"video": "image/png"},
        "/frames/1": {"video": "image/png"},
    }  # fmt: skip
    for kind, parts in PARTS.items():
        for part in parts:
            answer = client.get(address(media[kind], part))
            assert answer.status_code == 200, (kind, part)
            assert answer.mimetype == types.get(part, {}).get(kind, "image/webp"), (kind, part)
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert answer.headers["Content-Disposition"] == "inline"


def test_no_two_parts_have_the_same_mark_and_none_tells_the_bytes(client: FlaskClient):
    media = kept()
    marks = [client.get(address(media[kind], part)).headers["ETag"] for kind, parts in PARTS.items() for part in parts]
    assert len(set(marks)) == len(marks)
    assert not any(media[kind].content_hash[:12] in mark for kind in PARTS for mark in marks)


@both_engines
def test_who_may_not_see_a_medium_may_see_no_part_of_it(client: FlaskClient):
    media = kept(CLOSED)
    for who in (None, people.newcomer(), people.instructor()):
        if who is not None:
            sign_in(client, who)
        for kind, parts in PARTS.items():
            for part in parts:
                assert client.get(address(media[kind], part)).status_code == 404, (kind, part)
    sign_in(client, people.operator())
    answer = client.get(address(media["sound"], "/peaks"))
    assert answer.headers["Cache-Control"].startswith("private, max-age=7200")


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("text", ""), ("text", "/thumb"), ("video", ""), ("video", "/frames/2"), ("video", "/peaks"),
        ("picture", "/peaks"), ("picture", "/points"), ("picture", "/tiles/0/0/0"), ("picture", "/frames/0"),
        ("picture", "/views/top"), ("cloud", "/views/thumbnail"), ("cloud", "/views/tiles"), ("sound", "/points"),
        ("large", "/tiles/5/0/0"), ("large", "/tiles/4/9/0"), ("large", "/tiles/4/0/2"),
        ("large", "/tiles/99999999999999999999/0/0"), ("video", "/frames/99999999999999999999"),
    ],
)  # fmt: skip
def test_what_a_medium_does_not_have_does_not_exist(client: FlaskClient, kind: str, part: str):
    assert client.get(address(kept()[kind], part)).status_code == 404


def test_a_part_of_a_sound_can_be_asked_for_so_that_players_can_jump(client: FlaskClient):
    media = kept()["sound"]
    whole = client.get(address(media))
    assert np.array_equal(heard(whole.data), tone())
    part = client.get(address(media), headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.data) == (206, whole.data[100:200])


def test_tiles_are_those_of_the_picture(client: FlaskClient):
    media = kept()["large"]
    assert Pyramid(media.width, media.height).levels == 5
    with Image.open(io.BytesIO(client.get(address(media, "/tiles/4/0/0")).data)) as tile:
        assert tile.size == (512, 512)
        assert tile.getpixel((4, 4)) < (60, 60, 60)
        assert tile.getpixel((40, 40)) > (230, 230, 230)
    with Image.open(io.BytesIO(client.get(address(media, "/tiles/4/8/1")).data)) as corner:
        assert corner.size == (4_100 - 8 * 512, 600 - 512)


@both_engines
def test_the_same_bytes_under_the_same_licence_are_kept_once(app):
    first, again, other = kept(), kept(), kept(OPEN._replace(licence="CC0"))
    assert {kind: media.id for kind, media in first.items()} == {kind: media.id for kind, media in again.items()}
    assert not {media.id for media in first.values()} & {media.id for media in other.values()}
    assert {media.content_hash for media in first.values()} == {media.content_hash for media in other.values()}
    assert len(db.session.scalars(select(MediaFrame)).all()) == 4


def test_texts_with_other_names_of_their_parts_are_other_texts(app):
    with transaction():
        one = keep_text([("premise", "a"), ("hypothesis", "b")], OPEN)
        other = keep_text([("a", "premise"), ("b", "hypothesis")], OPEN)
        joined = keep_text([("premise", "ab"), ("hypothesis", "")], OPEN)
    assert len({one.id, other.id, joined.id}) == 3
    assert one.parts == [{"name": "premise", "text": "a"}, {"name": "hypothesis", "text": "b"}]


def test_everything_that_belongs_to_a_medium_is_known_by_its_key(app):
    media = kept()
    used = deriving.keys_in_use("")
    assert used >= {found.key for found in storage().list()}
    for key in used:
        assert storage().exists(key), key
    assert deriving.keys_in_use("sounds/") == {media["sound"].storage_key, *media["sound"].derived.values()}


# Catching up -------------------------------------------------------------------------------------------------------


@both_engines
def test_what_came_before_thumbnails_were_made_is_caught_up_with(app):
    media = kept()
    with transaction():
        for one in db.session.scalars(select(Media)):
            one.derived = {}
        broken = keep(open_with_thumbnail(picture(size=(500, 500))), OPEN)
        broken.derived = {}
        storage().put(broken.storage_key, b"damaged")
    deriving.catch_up(now())
    job = db.session.scalars(select(Job).where(Job.kind == deriving.DERIVE)).one()
    assert job.state == "done"
    derived = {kind: set(db.session.get_one(Media, one.id).derived) for kind, one in media.items()}
    assert derived == {
        "picture": set(), "sound": {"peaks", "thumbnail"}, "cloud": {"thumbnail", "top", "side"}, "video": set(),
        "large": {"thumbnail", "tiles"}, "text": set(),
    }  # fmt: skip
    assert json.loads(storage().get(media["sound"].derived["peaks"]))["length"] == 50


def test_where_nothing_is_missing_nobody_is_asked(app):
    kept()
    deriving.catch_up(now())
    assert db.session.scalars(select(Job).where(Job.kind == deriving.DERIVE)).all() == []


# What is offered ---------------------------------------------------------------------------------------------------


def offered() -> set[int]:
    return set(db.session.scalars(select(Task.id).where(queries.usable())))


@both_engines
def test_only_what_is_released_here_and_not_withdrawn_is_offered(app):
    media = kept()
    with transaction():
        task_set = box_set()
        tasks = {kind: operations.add_task(task_set, one, None, kind, now()) for kind, one in media.items()}
        awaited = Media(
            kind=MediaKind.AWAITED, content_hash="awaited:1", storage_key="", content_type="", alt={}, public=False
        )
        db.session.add(awaited)
        db.session.flush()
        tasks["awaited"] = operations.add_task(task_set, awaited, None, "awaited", now())
        tasks["withdrawn"] = operations.add_task(task_set, media["picture"], None, "withdrawn", now())
        tasks["withdrawn"].withdrawn_at = now()
    assert offered() == {tasks["picture"].id, tasks["large"].id}
    workable = set(db.session.scalars(select(Task.id).where(queries.workable())))
    assert workable == {tasks["picture"].id, tasks["large"].id, tasks["withdrawn"].id}
    for change in ({"released_at": None}, {"released_at": now(), "kind": "polygon"}):
        with transaction():
            found = db.session.merge(task_set)
            for name, value in change.items():
                setattr(found, name, value)
        assert offered() == set()


def test_from_a_bucket_browsers_fetch_what_they_show_and_scripts_ask_us(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
):
    media = kept()
    monkeypatch.setattr(LocalFolder, "signed_address", lambda _self, key, kind: f"https://bucket.example/{key}?{kind}")
    for kind, part, content_type in (
        ("sound", "", "audio/wav"), ("sound", "/thumb", "image/webp"), ("video", "/frames/0", "image/png"),
        ("cloud", "/views/top", "image/webp"), ("large", "", "image/png"),
    ):  # fmt: skip
        answer = client.get(address(media[kind], part))
        assert answer.status_code == 307, (kind, part)
        assert answer.headers["Location"].startswith("https://bucket.example/")
        assert answer.headers["Location"].endswith(content_type)
        assert "private" in answer.headers["Cache-Control"]
    for kind, part in (("sound", "/peaks"), ("cloud", "/points"), ("large", "/tiles/0/0/0")):
        assert client.get(address(media[kind], part)).status_code == 200, (kind, part)


def test_every_part_may_be_asked_for_again_without_being_sent(client: FlaskClient):
    media = kept()
    for kind, parts in PARTS.items():
        for part in parts:
            first = client.get(address(media[kind], part))
            again = client.get(address(media[kind], part), headers={"If-None-Match": first.headers["ETag"]})
            assert (again.status_code, again.data) == (304, b""), (kind, part)
