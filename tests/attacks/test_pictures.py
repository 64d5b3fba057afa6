"""Files made to be something else, or to fill a disk or a memory: sent to every page that takes a file."""

import io
import struct
import zipfile
import zlib

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select

from academy.annotation.models import Media
from academy.db import db
from tests import people
from tests.engines import both_engines
from tests.tour import World

pytestmark = pytest.mark.played
SCRIPT = b"<script>alert(document.domain)</script>"


def png(width: int = 8, height: int = 8) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (200, 120, 40)).save(out, "PNG")
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def promised(width: int, height: int) -> bytes:
    """A picture of a few kilobytes that unpacks to all its pixels: one bit each, all the same."""
    rows = zlib.compress(bytes((width + 7) // 8 + 1) * height, 9)
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def bomb() -> bytes:
    """A zip of some kilobytes that unpacks to a gigabyte."""
    out = io.BytesIO()
    made = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9)
    with made, made.open("bomb.png", "w", force_zip64=True) as file:
        for _ in range(1024):
            file.write(bytes(2**20))
    return out.getvalue()


def nested() -> bytes:
    inner = bomb()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for number in range(20):
            made.writestr(f"{number}.zip", inner)
    return out.getvalue()


def climbing() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("../../../../tmp/escaped.png", png())
        made.writestr("/etc/escaped.png", png())
        made.writestr("..\\..\\escaped.png", png())
    return out.getvalue()


def jpeg_with_page() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG", comment=SCRIPT)
    return out.getvalue() + SCRIPT


def gif_with_page() -> bytes:
    out = io.BytesIO()
    Image.new("P", (8, 8)).save(out, "GIF")
    return out.getvalue().replace(b"GIF89a", b"GIF89a") + b"/*" + SCRIPT + b"*/"


FILES = {
    "svg": ("drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">' + SCRIPT + b"</svg>"),
    "svg called png": (
        "drawing.png",
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>",
    ),
    "svg with an entity": ("e.svg", b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>'),
    "html": ("page.html", b"<!doctype html>" + SCRIPT),
    "html called jpg": ("page.jpg", b"<!doctype html>" + SCRIPT),
    "gif": ("moving.gif", gif_with_page()),
    "gif and script": ("both.gif", b"GIF89a/*" + bytes(60) + b"*/=1;" + SCRIPT),
    "png with a page behind it": ("a.png", png() + SCRIPT),
    "png with a page inside": ("b.png", png()[:33] + chunk(b"tEXt", b"Comment\0" + SCRIPT) + png()[33:]),
    "jpeg with a page inside": ("c.jpg", jpeg_with_page()),
    "png and zip": ("d.png", png() + climbing()),
    "pdf": ("e.pdf", b"%PDF-1.7\n1 0 obj\n<</OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>"),
    "program": ("f.png", b"MZ" + bytes(200)),
    "thirty thousand pixels in twenty kilobytes": ("g.png", promised(30_000, 30_000)[:20_000]),
    "one row of two thousand million pixels": ("h.png", promised(2_000_000, 1)),
    "zip bomb": ("i.zip", bomb()),
    "zip of zip bombs": ("j.zip", nested()),
    "zip that climbs": ("k.zip", climbing()),
    "a name that climbs": ("../../../etc/passwd.png", png()),
    "a name with a line end": ("a\r\nX-Evil: 1.png", png()),
    "nothing": ("l.png", b""),
    "NUL": ("m.png", bytes(10_000)),
}


@pytest.mark.parametrize("name", FILES)
def test_what_is_not_a_picture_is_kept_nowhere_and_what_is_one_holds_nothing_else(app: Flask, world: World, name):
    file_name, data = FILES[name]
    client = people.sign_in(app.test_client(), people.known("운영자"))
    before = db.session.scalar(select(func.count()).select_from(Media))
    sent = {
        "files": (io.BytesIO(data), file_name), "licence": "CC0-1.0", "attribution": "Somebody", "form": "pictures",
        "outside": "clip",
    }  # fmt: skip
    answer = client.post(f"/gold/{world.practice_set}/import", data=sent)
    assert answer.status_code in {303, 413, 422}
    if answer.status_code == 303:
        page = client.get(answer.location)
        assert page.status_code == 200
        assert SCRIPT not in page.data
        assert client.post(f"{answer.location}/add").status_code in {302, 303, 422}
    db.session.rollback()
    added = db.session.scalars(select(Media).order_by(Media.id.desc()).limit(5)).all()
    for media in added[: db.session.scalar(select(func.count()).select_from(Media)) - before]:
        served = client.get(f"/media/{media.token}")
        assert SCRIPT not in served.data
        assert b"escaped" not in served.data
        assert served.mimetype in {"image/png", "image/jpeg", "image/webp"}
        assert "sandbox" in served.headers["Content-Security-Policy"]
        assert media.width * media.height < 41_000_000


@both_engines
def test_a_name_of_a_file_that_no_database_keeps(app: Flask, world: World):
    """Written by hand, because no honest client sends it."""
    client = people.sign_in(app.test_client(), people.known("운영자"))
    field = b'--x\r\nContent-Disposition: form-data; name="licence"\r\n\r\nCC0-1.0\r\n'
    file = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a\0b.png"\r\n\r\n' + png()
    parts = field + file + b"\r\n--x--\r\n"
    answer = client.post(
        f"/gold/{world.practice_set}/upload", data=parts, content_type="multipart/form-data; boundary=x"
    )
    assert answer.status_code == 422


@pytest.mark.parametrize("name", FILES)
def test_a_badge_is_not_looked_for_in_what_is_no_picture(app: Flask, name):
    file_name, data = FILES[name]
    answer = app.test_client().post("/verify", data={"badge": "", "file": (io.BytesIO(data), file_name)})
    assert answer.status_code in {413, 422}
    assert SCRIPT not in answer.data


def test_the_figures_are_as_the_probe_says():
    assert len(FILES["thirty thousand pixels in twenty kilobytes"][1]) == 20_000
    with Image.open(io.BytesIO(promised(300, 300))) as whole:
        whole.load()
    assert len(bomb()) < 1_100_000
