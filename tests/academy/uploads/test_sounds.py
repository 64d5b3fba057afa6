"""The one door for sounds: nothing of them is lost, nothing else comes through."""

import io
import json
import random
import struct
from contextlib import suppress

import numpy as np
import pytest
import soundfile
from PIL import Image

from academy.uploads import sounds
from academy.uploads.media import open_media
from academy.uploads.rules import Refusal, RefusedFile
from academy.uploads.sounds import open_sound
from academy.uploads.words import said, sentence_of
from academy.uploads.workshop import Workshop
from tests.academy.annotation.samples import picture
from tests.academy.uploads.media_samples import heard, sound, tone
from tests.needs import samples


def why(data: bytes) -> Refusal:
    with pytest.raises(RefusedFile) as refused:
        open_sound(data)
    assert said(refused.value).endswith(".")
    assert "%(" not in said(refused.value)
    assert sentence_of(refused.value).words("ko").endswith(".")
    return refused.value.why


@pytest.mark.parametrize("form", ["WAV", "FLAC"])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_every_sample_is_kept(form: str, channels: int):
    wave = tone(channels=channels)
    opened = open_sound(sound(wave, form))
    assert np.array_equal(heard(opened.data), wave)
    assert (opened.kind, opened.content_type, opened.extension) == ("sound", "audio/wav", "wav")
    assert opened.seconds == 0.5
    assert opened.facts == {"rate": 8_000, "channels": channels, "bits": 16}


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
def test_a_long_recording_becomes_a_flac_and_keeps_every_sample_too(monkeypatch: pytest.MonkeyPatch, subtype: str):
    monkeypatch.setattr(sounds, "MOST_AS_WAV", 200_000)
    wave = tone(30.0).astype(np.int32) << 16
    data = sound(wave, "WAV", subtype)
    opened = open_sound(data)
    assert (opened.content_type, opened.extension, opened.seconds) == ("audio/flac", "flac", 30.0)
    assert len(opened.data) < len(data)
    assert np.array_equal(heard(opened.data, "int32"), heard(data, "int32"))


def test_twenty_four_bits_stay_twenty_four():
    wave = tone().astype(np.int32) << 16 | 0x5A00
    opened = open_sound(sound(wave, "WAV", "PCM_24"))
    assert opened.facts["bits"] == 24
    assert np.array_equal(heard(opened.data, "int32"), wave)


def test_floats_become_twenty_four_bits_and_what_is_no_number_silence():
    wave = np.array([[0.5], [-1.0], [1.5], [np.nan], [np.inf]])
    opened = open_sound(sound(wave, "WAV", "FLOAT"))
    kept = heard(opened.data, "float64")[:, 0]
    assert np.allclose(kept, [0.5, -1, 1, 0, 1], atol=2**-22)


def test_an_mp3_is_heard_the_same_everywhere():
    data = sound(tone(2.0, 16_000), "MP3", rate=16_000)
    opened = open_sound(data)
    before, after = heard(data, "float64"), heard(opened.data, "float64")
    assert opened.content_type == "audio/wav"
    assert len(before) == len(after) == round((opened.seconds or 0) * 16_000)
    assert np.abs(before - after).max() < 2**-15


def test_nothing_but_the_sound_is_kept():
    out = io.BytesIO()
    with soundfile.SoundFile(out, "w", 8_000, 1, format="WAV") as file:
        file.title, file.artist = "secret title", "secret person"
        file.write(tone())
    data = out.getvalue()
    assert b"secret" in data
    opened = open_sound(data + b"<script>alert(1)</script>")
    assert b"secret" not in opened.data
    assert b"script" not in opened.data


def test_the_same_sound_is_kept_the_same_way_whatever_it_came_in():
    assert open_sound(sound(form="WAV")).data == open_sound(sound(form="FLAC")).data


def test_peaks_are_the_lowest_and_highest_of_each_stretch():
    wave = np.zeros((8_000, 1), np.int16)
    wave[4_000], wave[4_001] = 32_767, -32_768
    peaks = json.loads(open_sound(sound(wave)).derived["peaks"])
    assert (peaks["sample_rate"], peaks["samples_per_pixel"], peaks["length"]) == (8_000, 80, 100)
    pairs = list(zip(peaks["data"][::2], peaks["data"][1::2], strict=True))
    assert pairs[50] == (-128, 127)
    assert set(pairs[:50] + pairs[51:]) == {(0, 0)}


def test_long_sounds_have_no_more_peaks_than_a_player_can_draw():
    peaks = json.loads(open_sound(sound(np.zeros((8_000 * 100, 1), np.int16))).derived["peaks"])
    assert peaks["length"] <= sounds.MOST_PEAKS
    assert peaks["samples_per_pixel"] * peaks["length"] >= 800_000


def test_a_sound_shorter_than_one_stretch_has_its_peak():
    opened = open_sound(sound(tone()[:7]))
    assert json.loads(opened.derived["peaks"])["length"] == 1
    with Image.open(io.BytesIO(opened.derived["thumbnail"])) as small:
        assert (small.format, small.width) == ("WEBP", 320)


def test_what_is_no_sound_is_refused_with_a_sentence():
    assert why(b"") is Refusal.EMPTY
    assert why(b"hello") is Refusal.NOT_A_SOUND
    assert why(picture()) is Refusal.NOT_A_SOUND
    assert why(sound(form="OGG")) is Refusal.NOT_A_SOUND
    assert why(sound(form="AIFF")) is Refusal.NOT_A_SOUND
    assert why(sound()[:20]) is Refusal.DAMAGED_SOUND
    assert why(sound(np.zeros((0, 1), np.int16))) is Refusal.EMPTY
    assert why(sound(tone(channels=9))) is Refusal.TOO_MANY_CHANNELS
    assert why(sound(rate=400)) is Refusal.ODD_RATE


def test_a_sound_that_is_too_long_is_refused_while_it_is_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sounds, "LONGEST_SOUND", 3600)
    silence = sound(np.zeros((1_000 * 3_700, 1), np.int16), "FLAC", rate=1_000)
    assert len(silence) < 100_000, "an hour of silence is small"
    assert why(silence) is Refusal.TOO_LONG_A_SOUND


def test_a_header_that_promises_more_than_there_is_is_not_believed():
    data = bytearray(sound())
    at = data.index(b"data") + 4
    data[at : at + 4] = struct.pack("<I", 2**31 - 1)
    assert open_sound(bytes(data)).seconds == 0.5


@pytest.mark.parametrize("seed", range(30))
def test_a_sound_with_bytes_changed_at_random_is_opened_or_refused_and_nothing_else(seed: int):
    chance = random.Random(seed)
    data = bytearray(sound(form=chance.choice(["WAV", "FLAC", "MP3"]), rate=16_000))
    for _ in range(chance.randint(1, 60)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    with suppress(RefusedFile):
        open_sound(bytes(data))


@pytest.mark.samples
def test_every_clip_of_the_spoken_digits_comes_through_the_workshop():
    with Workshop() as shop:
        clips = sorted((samples("audio-digits") / "recordings").glob("*.wav"))
        opened = [open_media(shop, clip) for clip in clips]
    assert len(opened) == 120
    assert all(
        np.array_equal(heard(one.data), heard(clip.read_bytes())) for one, clip in zip(opened, clips, strict=True)
    )
    assert {(one.facts["rate"], one.facts["channels"]) for one in opened} == {(8_000, 1)}
