"""Sounds and point clouds made for tests."""

import io
import struct
from typing import Any

import numpy as np
import soundfile

Samples = np.ndarray[Any, np.dtype[Any]]


def tone(seconds: float = 0.5, rate: int = 8_000, channels: int = 1) -> Samples:
    """A tone that grows louder, as whole numbers of 16 bits."""
    at = np.arange(round(seconds * rate)) / rate
    wave = np.sin(2 * np.pi * 440 * at) * np.linspace(0.1, 0.9, len(at))
    return np.repeat((wave * 32_767).astype(np.int16)[:, None], channels, axis=1)


def sound(samples: Any = None, form: str = "WAV", subtype: str | None = None, rate: int = 8_000) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, tone(rate=rate) if samples is None else samples, rate, format=form, subtype=subtype)
    return out.getvalue()


def heard(data: bytes, kind: str = "int16") -> Samples:
    samples: Samples = soundfile.read(io.BytesIO(data), dtype=kind, always_2d=True)[0]
    return samples


def points(count: int = 50) -> Samples:
    """x, y, z and intensity of so many points, as four columns of small floats."""
    chance = np.random.default_rng(7)
    return np.column_stack(
        [chance.uniform(-20, 20, (count, 2)), chance.uniform(0, 3, count), chance.random(count)]
    ).astype("<f4")


def pcd(rows: Samples, form: str = "ascii", fields: str = "x y z intensity") -> bytes:
    names = fields.split()
    head = (
        f"# .PCD v0.7\nVERSION 0.7\nFIELDS {fields}\nSIZE {' '.join('4' for _ in names)}\n"
        f"TYPE {' '.join('F' for _ in names)}\nCOUNT {' '.join('1' for _ in names)}\nWIDTH {len(rows)}\nHEIGHT 1\n"
        f"VIEWPOINT 0 0 0 1 0 0 0\nPOINTS {len(rows)}\nDATA {form}\n"
    ).encode()
    if form == "ascii":
        return head + "\n".join(" ".join(repr(float(value)) for value in row) for row in rows).encode() + b"\n"
    if form == "binary":
        return head + rows.astype("<f4").tobytes()
    packed = stored_by_field(rows)
    return head + struct.pack("<II", len(packed), rows.astype("<f4").nbytes) + packed


def stored_by_field(rows: Samples) -> bytes:
    """LZF without any repetition: every run of at most 32 bytes behind its length."""
    plain = np.ascontiguousarray(rows.astype("<f4").T).tobytes()
    return b"".join(bytes([len(run) - 1]) + run for run in (plain[at : at + 32] for at in range(0, len(plain), 32)))


def ply(rows: Samples, form: str = "ascii", before: str = "", faces: bool = False) -> bytes:
    head = f"ply\nformat {form} 1.0\ncomment made for tests\n{before}element vertex {len(rows)}\n"
    head += "property float x\nproperty float y\nproperty float z\nproperty float intensity\n"
    head += "element face 1\nproperty list uchar int vertex_indices\n" if faces else ""
    head += "end_header\n"
    tail = b"3 0 1 2\n" if faces else b""
    if form == "ascii":
        return head.encode() + "\n".join(" ".join(repr(float(v)) for v in row) for row in rows).encode() + b"\n" + tail
    order = "<f4" if "little" in form else ">f4"
    return head.encode() + rows.astype(order).tobytes() + tail
