"""A picture made to burst a decoder ends a process of its own, and nothing else."""

import io
import os
import signal
import subprocess
import sys
import time
import zlib

import pytest

from academy.uploads import bench, workshop
from academy.uploads.pictures import open_picture
from academy.uploads.rules import Refusal, RefusedFile
from academy.uploads.workshop import Workshop
from tests.academy.annotation.samples import picture
from tests.academy.uploads.test_pictures import SVG, png_that_claims

SMALL = 180_000_000


def why(shop: Workshop, data: bytes) -> Refusal:
    with pytest.raises(RefusedFile) as refused:
        shop.open_picture(data)
    return refused.value.why


def test_what_comes_back_is_what_the_door_itself_would_give():
    with Workshop() as shop:
        for form in ("PNG", "JPEG", "WEBP"):
            data = picture((1, 2, 30, 40), form)
            assert shop.open_picture(data) == open_picture(data)


def test_a_refusal_comes_back_with_its_facts():
    with Workshop() as shop, pytest.raises(RefusedFile) as refused:
        shop.open_picture(png_that_claims(8_000, 5_001))
    assert refused.value.why is Refusal.TOO_MANY_PIXELS
    assert refused.value.facts == {"width": 8000, "height": 5001}


def test_one_process_opens_many_pictures():
    with Workshop() as shop:
        shop.open_picture(picture())
        first = shop._process
        assert why(shop, SVG) is Refusal.NOT_A_PICTURE
        shop.open_picture(picture())
        assert shop._process is first
    assert first is not None
    assert first.returncode is not None, "it ends with the work"


def test_a_picture_that_needs_too_much_memory_is_refused_and_the_next_one_is_opened():
    with Workshop(memory=SMALL) as shop:
        large = picture(size=(5_000, 5_000))
        assert len(large) < 100_000
        assert open_picture(large).width == 5_000, "nothing is wrong with it but its hunger"
        assert why(shop, large) is Refusal.TOO_HUNGRY
        assert shop.open_picture(picture()).width == 120


def test_a_picture_that_takes_too_long_ends_its_process_only():
    with Workshop(seconds=1) as shop:
        shop.open_picture(picture())
        process = shop._process
        assert process is not None
        os.kill(process.pid, signal.SIGSTOP)  # a decoder that never comes back
        began = time.monotonic()
        assert why(shop, picture()) is Refusal.TOO_SLOW
        assert time.monotonic() - began < 10
        assert shop.open_picture(picture()).width == 120


def test_a_decoder_that_crashes_is_no_crash_of_ours():
    with Workshop() as shop:
        shop.open_picture(picture())
        assert shop._process is not None
        os.kill(shop._process.pid, signal.SIGSEGV)
        assert why(shop, picture()) is Refusal.TOO_HUNGRY
        assert shop.open_picture(picture()).width == 120


def test_the_process_knows_no_secret_and_may_write_no_file(monkeypatch):
    monkeypatch.setenv("ACADEMY_SECRET_KEY", "told to nobody")
    with Workshop() as shop:
        shop.open_picture(picture())
        assert shop._process is not None
        with open(f"/proc/{shop._process.pid}/environ", "rb") as file:
            assert b"told to nobody" not in file.read()
        with open(f"/proc/{shop._process.pid}/limits") as file:
            limits = file.read()
    assert f"{workshop.MEMORY}" in limits
    written = next(line for line in limits.splitlines() if line.startswith("Max file size"))
    assert written.split()[3:5] == ["0", "0"]


def test_the_process_ends_when_whoever_sends_pictures_is_gone():
    code = (
        "import time; from academy.uploads.workshop import Workshop; from tests.academy.annotation.samples import "
        "picture; shop = Workshop(); shop.open_picture(picture()); print(shop._process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as sender:
        assert sender.stdout is not None
        pid = int(sender.stdout.readline())
        sender.kill()
    ends_at = time.monotonic() + 5
    while time.monotonic() < ends_at and _lives(pid):
        time.sleep(0.02)
    assert not _lives(pid)


def _lives(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except FileNotFoundError:
        return False


def test_a_length_that_lies_ends_the_conversation():
    out = io.BytesIO()
    bench.serve(io.BytesIO(bench.LENGTH.pack(2**60) + zlib.compress(b"x")), out, 1)
    assert out.getvalue() == b""
