"""Media in a bucket behave as media in a folder; browsers fetch them there for minutes, after we looked who asks."""

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from academy.config import read_settings
from academy.object_storage import ObjectStorage, open_storage, read_bucket
from academy.security import CONTENT_SECURITY_POLICY, content_security_policy
from academy.storage import LocalFolder, Storage, Stored
from tests import people
from tests.academy.annotation.test_pages import task_with
from tests.object_store import BUCKET, client, object_store, setting


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    with object_store() as address:
        yield address


@pytest.fixture(params=["folder", "bucket", "bucket with a prefix"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return LocalFolder(tmp_path / "media")
    return bucket(request.getfixturevalue("store"), "below/here" if "prefix" in request.param else "")


def bucket(store: str, prefix: str = "", seconds: int = 300) -> ObjectStorage:
    """An empty bucket."""
    found = ObjectStorage(read_bucket(setting(store, prefix)), seconds)
    s3 = client(store)
    for entry in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        s3.delete_object(Bucket=BUCKET, Key=entry["Key"])
    return found


def test_what_was_put_is_there_until_it_is_deleted(kept):
    kept.put("pictures/ab/one.png", b"a picture")
    assert kept.exists("pictures/ab/one.png")
    assert kept.get("pictures/ab/one.png") == b"a picture"
    with kept.open("pictures/ab/one.png") as file:
        assert file.read() == b"a picture"
    kept.delete("pictures/ab/one.png")
    kept.delete("pictures/ab/one.png")
    assert not kept.exists("pictures/ab/one.png")


def test_what_is_not_there_is_a_missing_file(kept):
    with pytest.raises(FileNotFoundError):
        kept.get("pictures/none.png")
    with pytest.raises(FileNotFoundError):
        kept.open("pictures/none.png")


@pytest.mark.parametrize("key", ["../secret", "/etc/passwd", "a/../../b", "A.png", "", "a//b", ".hidden"])
def test_a_key_that_leads_elsewhere_is_refused(kept, key):
    for act in (kept.get, kept.exists, kept.delete, kept.open, lambda name: kept.put(name, b"")):
        with pytest.raises(ValueError, match="not a storage key"):
            act(key)


def test_a_file_is_read_from_the_middle_and_from_the_end(kept):
    data = bytes(range(256)) * 9000
    kept.put("sounds/long.bin", data)
    with kept.open("sounds/long.bin") as file:
        assert file.read(10) == data[:10]
        assert file.seek(2_000_000) == 2_000_000
        assert file.read(300) == data[2_000_000:2_000_300]
        assert file.seek(-5, 2) == len(data) - 5
        assert file.read() == data[-5:]
        assert file.seek(0) == 0
        assert file.read() == data


def test_the_list_names_everything_once_and_only_what_is_ours(kept):
    names = [f"pictures/{number:04}.png" for number in range(7)] + ["sounds/one.wav"]
    for name in names:
        kept.put(name, b"12345")
    assert list(kept.list()) == [Stored(name, 5) for name in names]
    assert [found.key for found in kept.list("sounds/")] == ["sounds/one.wav"]


def test_more_objects_than_one_answer_holds_are_all_listed(store, monkeypatch):
    monkeypatch.setattr("academy.object_storage.MOST_AT_ONCE", 3)
    found = bucket(store, "many")
    for number in range(10):
        found.put(f"pictures/{number}.png", b"")
    assert len(list(found.list())) == 10


def test_eight_threads_share_one_client(store):
    found = bucket(store)
    trouble: list[Exception] = []

    def work(number: int) -> None:
        try:
            for turn in range(5):
                found.put(f"pictures/{number}-{turn}.png", bytes([number]))
                assert found.get(f"pictures/{number}-{turn}.png") == bytes([number])
        except Exception as error:
            trouble.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert trouble == []


def test_a_signed_address_opens_one_object_with_the_type_we_say(store):
    found = bucket(store, "media")
    found.put("pictures/one.png", b"<script>")
    address = found.signed_address("pictures/one.png", "image/png")
    with urllib.request.urlopen(address) as answer:
        assert answer.read() == b"<script>"
        assert answer.headers["Content-Type"] == "image/png"
    said = parse_qs(urlsplit(address).query)
    assert said["X-Amz-Expires"] == ["300"]
    assert said["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert "not-a-secret" not in address


def test_a_signed_address_stays_the_same_for_half_its_life(store, monkeypatch):
    found = bucket(store)
    at = 1000.0
    monkeypatch.setattr("academy.object_storage.time.monotonic", lambda: at)
    first = found.signed_address("pictures/one.png", "image/png")
    at = 1149.0
    assert found.signed_address("pictures/one.png", "image/png") == first
    assert found.signed_address("pictures/one.png", "image/jpeg") != first
    at = 1151.0
    found._clients.clear()
    monkeypatch.setattr("academy.object_storage.ObjectStorage._s3", lambda *_: _Signs())
    assert found.signed_address("pictures/one.png", "image/png") == "a new one"


class _Signs:
    def generate_presigned_url(self, *_args, **_words) -> str:
        return "a new one"


def test_without_seconds_and_from_a_folder_everything_goes_through_us(store, tmp_path):
    assert bucket(store, seconds=0).signed_address("pictures/one.png", "image/png") is None
    assert LocalFolder(tmp_path).signed_address("pictures/one.png", "image/png") is None


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("https://bucket", "begins with s3://"),
        ("s3://", "begins with s3://"),
        ("s3://key:secret@bucket", "AWS_"),
        ("s3://bucket?endpiont=http://x", "not endpiont"),
        ("s3://bucket?endpoint=minio:9000", "an address such as"),
        ("s3://bucket", "region="),
        ("s3://bucket/../other?region=x", "not a storage key"),
    ],
)
def test_a_wrong_address_stops_the_start_with_a_sentence(tmp_path, address, sentence):
    with pytest.raises(SystemExit, match=sentence):
        read_settings({"ACADEMY_DATA": str(tmp_path), "ACADEMY_STORAGE": address})


def test_pages_may_show_pictures_of_the_bucket_and_of_nobody_else(tmp_path):
    def policy(**said: str) -> str:
        return content_security_policy(read_settings({"ACADEMY_DATA": str(tmp_path), **said}))

    assert policy() == CONTENT_SECURITY_POLICY
    asked = "s3://b?endpoint=http://minio:9000&public=https://media.example:8443/x"
    assert "img-src 'self' https://media.example:8443 blob: data:" in policy(ACADEMY_STORAGE=asked)
    assert policy(ACADEMY_STORAGE=asked, ACADEMY_SIGNED_SECONDS="0") == CONTENT_SECURITY_POLICY
    amazon = policy(ACADEMY_STORAGE="s3://b?region=ap-northeast-2")
    assert "https://b.s3.ap-northeast-2.amazonaws.com" in amazon


def test_amazons_own_addresses_are_where_the_policy_says(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    named = read_bucket("s3://some-bucket?region=ap-northeast-2")
    assert ObjectStorage(named).signed_address("p/a.png", "image/png").startswith(f"{named.origin}/p/a.png?")


@pytest.fixture
def in_bucket(app: Flask, store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.extensions, "academy.storage", bucket(store, "media"))


def test_a_picture_in_the_bucket_is_fetched_there_after_we_looked_who_asks(app, in_bucket, client):
    address = f"/media/{task_with(public=False).media.token}"
    assert client.get(address).status_code == 404
    people.sign_in(client, people.newcomer())
    answer = client.get(address)
    assert answer.status_code == 307
    assert answer.headers["Cache-Control"] == "private, max-age=150"
    with urllib.request.urlopen(answer.location) as picture:
        assert picture.read().startswith(b"\x89PNG")
        assert picture.headers["Content-Type"] == "image/png"


def test_a_picture_goes_through_us_when_nothing_is_signed(app: Flask, store, client, monkeypatch):
    monkeypatch.setitem(app.extensions, "academy.storage", bucket(store, "media", seconds=0))
    answer = client.get(f"/media/{task_with(public=True).media.token}")
    assert answer.status_code == 200
    assert answer.data.startswith(b"\x89PNG")
    assert answer.content_type == "image/png"


def test_a_bucket_that_does_not_answer_means_not_ready(app: Flask, store, client, monkeypatch):
    monkeypatch.setitem(app.extensions, "academy.storage", bucket(store))
    assert client.get("/readyz").json["checks"]["media"] is True
    monkeypatch.setitem(
        app.extensions, "academy.storage", ObjectStorage(read_bucket(f"s3://another-bucket?endpoint={store}"))
    )
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["checks"]) == (503, {"database": True, "media": False})


def test_the_setting_chooses_the_storage(tmp_path):
    assert isinstance(open_storage(None, tmp_path, 300), LocalFolder)
    assert isinstance(open_storage("s3://bucket?region=x", tmp_path, 300), ObjectStorage)


def test_a_wrong_key_is_not_taken_for_a_missing_picture(store, monkeypatch):
    """A refusal of the storage is trouble of ours: the page says so instead of telling people the picture is gone."""
    found = bucket(store)
    found.put("pictures/one.png", b"x")
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(f"{store}/{BUCKET}-of-others/pictures/one.png")
    lost = ObjectStorage(read_bucket("s3://academy-media?endpoint=http://127.0.0.1:9"))
    with pytest.raises(Exception, match="127") as raised:
        lost.get("pictures/one.png")
    assert not isinstance(raised.value, FileNotFoundError)
