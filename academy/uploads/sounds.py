"""The one door for sounds: WAV, FLAC and MP3 are decoded sample by sample and written anew. Pure.

Clips are kept as WAV and long recordings as FLAC. Both lose nothing, every browser plays them, and their seconds are
the same everywhere: an MP3 starts at another place in each decoder, which would shift whatever was labelled in it. In a
FLAC of a few frames Chromium can not find its way (its player gives up when it is to jump), so clips stay WAV. What a
recorder wrote around the sound (names, places, pictures) does not come through.
"""

import io
import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np
import soundfile
from PIL import Image, ImageDraw

from academy.uploads.brought import Brought
from academy.uploads.rules import LONGEST_SOUND, MOST_CHANNELS, Refusal, RefusedFile
from academy.uploads.thumbnails import SIDE, as_webp

FORMATS = frozenset({"WAV", "WAVEX", "RF64", "FLAC", "MP3"})
RATES = 1_000, 192_000
MOST_PEAKS = 4_000
PEAKS_A_SECOND = 100
MOST_AS_WAV = 8 * 1024 * 1024
"""Bytes of samples: four minutes of speech."""
_BLOCK = 65_536
_SIXTEEN_BITS = frozenset(
    {"PCM_16", "PCM_S8", "PCM_U8", "ULAW", "ALAW", "IMA_ADPCM", "MS_ADPCM", "GSM610", "NMS_ADPCM_16"}
)
_WAVE_HEIGHT, _WAVE_COLOR = 96, (62, 99, 221, 255)

Samples = np.ndarray[Any, np.dtype[Any]]


def open_sound(data: bytes) -> Brought:
    """Check, decode and write anew. Raises RefusedFile."""
    if not data:
        raise RefusedFile(Refusal.EMPTY)
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as source:
            _check(source)
            return _rewritten(source)
    except RefusedFile:
        raise
    except MemoryError as error:
        raise RefusedFile(Refusal.TOO_HUNGRY) from error
    except soundfile.LibsndfileError as error:
        known = data[:4] in {b"RIFF", b"RF64", b"fLaC"} or data[:3] == b"ID3"
        raise RefusedFile(Refusal.DAMAGED_SOUND if known else Refusal.NOT_A_SOUND) from error
    except Exception as error:
        # Whatever a decoder stumbles over: the file is at fault, and its sender is told so.
        raise RefusedFile(Refusal.DAMAGED_SOUND) from error


def _check(source: soundfile.SoundFile) -> None:
    if source.format not in FORMATS:
        raise RefusedFile(Refusal.NOT_A_SOUND)
    if source.channels > MOST_CHANNELS:
        raise RefusedFile(Refusal.TOO_MANY_CHANNELS, channels=source.channels, most=MOST_CHANNELS)
    if not RATES[0] <= source.samplerate <= RATES[1]:
        raise RefusedFile(Refusal.ODD_RATE, rate=source.samplerate, least=RATES[0], most=RATES[1])


def _rewritten(source: soundfile.SoundFile) -> Brought:
    """The sound in our form with its peaks; its length is counted, whatever the header says."""
    rate, channels, bits = source.samplerate, source.channels, 16 if _is_sixteen(source) else 24
    peaks, clip, kept = _Peaks(rate), list[Samples](), io.BytesIO()
    room = MOST_AS_WAV // (channels * bits // 8)
    blocks = _blocks(source, bits, peaks)
    for block in blocks:
        clip.append(block)
        if peaks.samples > room:
            break
    form = "FLAC" if peaks.samples > room else "WAV"
    with soundfile.SoundFile(kept, "w", rate, channels, f"PCM_{bits}", format=form) as target:
        for block in chain(clip, blocks):
            target.write(block)
    if not peaks.samples:
        raise RefusedFile(Refusal.EMPTY)
    drawn = peaks.data()
    return Brought(
        kind="sound", data=kept.getvalue(), content_type=f"audio/{form.lower()}", extension=form.lower(),
        seconds=peaks.samples / rate, facts={"rate": rate, "channels": channels, "bits": bits},
        derived={"peaks": json.dumps(drawn, separators=(",", ":")).encode(), "thumbnail": _wave(drawn["data"])},
    )  # fmt: skip


def _blocks(source: soundfile.SoundFile, bits: int, peaks: "_Peaks") -> Iterator[Samples]:
    """The samples piece by piece; their peaks are taken on the way."""
    while len(block := _read(source, bits)):
        peaks.take(block)
        if peaks.samples > LONGEST_SOUND * source.samplerate:
            raise RefusedFile(Refusal.TOO_LONG_A_SOUND, most=LONGEST_SOUND // 3600)
        yield block


def _is_sixteen(source: soundfile.SoundFile) -> bool:
    return source.subtype in _SIXTEEN_BITS or source.format == "MP3"


def _read(source: soundfile.SoundFile, bits: int) -> Samples:
    """The next samples as whole numbers; those of 24 bits stand in the upper part of 32."""
    if source.subtype in _SIXTEEN_BITS:
        return np.asarray(source.read(_BLOCK, "int16", always_2d=True))
    if source.subtype in {"PCM_24", "PCM_32"}:
        return np.asarray(source.read(_BLOCK, "int32", always_2d=True))
    plain = np.nan_to_num(source.read(_BLOCK, "float64", always_2d=True), nan=0, posinf=1, neginf=-1)
    top = 2.0 ** (bits - 1)
    whole = np.clip(np.rint(plain * top), -top, top - 1)
    return np.asarray(whole.astype(np.int16) if bits == 16 else whole.astype(np.int32) << 8)


class _Peaks:
    """The lowest and highest sample of each short stretch, over all channels."""

    def __init__(self, rate: int) -> None:
        self.rate, self.samples = rate, 0
        self.stretch = max(1, rate // PEAKS_A_SECOND)
        self.low: list[Samples] = []
        self.high: list[Samples] = []
        self.rest: Samples = np.empty(0, np.int32)
        self.rest_high: Samples = np.empty(0, np.int32)

    def take(self, block: Samples) -> None:
        self.samples += len(block)
        shift = 8 if block.dtype == np.int16 else 24
        low = np.concatenate([self.rest, (block.min(axis=1) >> shift).astype(np.int32)])
        high = np.concatenate([self.rest_high, (block.max(axis=1) >> shift).astype(np.int32)])
        whole = len(low) // self.stretch * self.stretch
        self.low.append(low[:whole].reshape(-1, self.stretch).min(axis=1).astype(np.int8))
        self.high.append(high[:whole].reshape(-1, self.stretch).max(axis=1).astype(np.int8))
        self.rest, self.rest_high = low[whole:], high[whole:]

    def data(self) -> dict[str, Any]:
        """As the program audiowaveform writes it, which players read: pairs of lowest and highest, of 8 bits."""
        low, high = np.concatenate(self.low), np.concatenate(self.high)
        if len(self.rest):
            low, high = np.append(low, self.rest.min()), np.append(high, self.rest_high.max())
        by = -(-len(low) // MOST_PEAKS)
        starts = np.arange(0, len(low), by)
        pairs = np.column_stack([np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)])
        return {
            "version": 2, "channels": 1, "sample_rate": self.rate, "samples_per_pixel": self.stretch * by, "bits": 8,
            "length": len(pairs), "data": pairs.astype(int).ravel().tolist(),
        }  # fmt: skip


def _wave(data: list[int]) -> bytes:
    """The shape of the sound as a small picture for lists."""
    pairs = np.asarray(data).reshape(-1, 2)
    loudest = max(1, int(np.abs(pairs).max()))
    edges = np.linspace(0, len(pairs), SIDE + 1)
    picture = Image.new("RGBA", (SIDE, _WAVE_HEIGHT), (0, 0, 0, 0))
    pen, middle = ImageDraw.Draw(picture), _WAVE_HEIGHT / 2
    for x in range(SIDE):
        part = pairs[int(edges[x]) : max(int(edges[x]) + 1, int(edges[x + 1]))]
        scale = (middle - 2) / loudest
        pen.line(
            [(x, middle - part[:, 1].max() * scale), (x, middle - part[:, 0].min() * scale)], fill=_WAVE_COLOR, width=1
        )
    return as_webp(picture)
