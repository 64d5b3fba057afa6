"""Routes that serve media: their bytes, and what was made of them. One rule says who sees which (queries.media_for).

Addresses, headers and bytes tell nothing about gold, and nothing about where else the same bytes are used.
"""

import hashlib
import io
import os
from typing import BinaryIO

from flask import Response, abort, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wsgi import wrap_file

from academy.annotation import queries
from academy.annotation.models import Media
from academy.annotation.rules import MediaKind
from academy.annotation.views import bp
from academy.clock import now
from academy.config import settings
from academy.storage import storage
from academy.uploads import tiles

LONG, SHORT = 31_536_000, 7_200
"""How long a browser keeps a medium: for a year, or as long as somebody may see what measures people."""
WEBP = "image/webp"
LONGEST_ON_PAGE = 2_048
VIEWS = frozenset({"top", "side"})


@bp.get("/media/<token>")
def media(token: str) -> ResponseReturnValue:
    """A picture or a sound; of a video or a text there is no single file."""
    found, for_all = _seen(token)
    if not found.storage_key:
        abort(404)
    return _sent(found, found.storage_key, found.content_type, for_all)


@bp.get("/media/<token>/thumb")
def media_thumb(token: str) -> ResponseReturnValue:
    """A small picture for lists, at most 320 pixels wide and high; a picture that is small itself is its own."""
    found, for_all = _seen(token)
    if key := found.derived.get("thumbnail"):
        return _sent(found, key, WEBP, for_all, "thumb")
    if found.kind is not MediaKind.PICTURE:
        abort(404)
    return _sent(found, found.storage_key, found.content_type, for_all, "thumb")


@bp.get("/media/<token>/views/<name>")
def media_view(token: str, name: str) -> ResponseReturnValue:
    """A point cloud as seen from above or from the side."""
    found, for_all = _seen(token)
    key = found.derived.get(name) if name in VIEWS else None
    return _sent(found, key or abort(404), WEBP, for_all, name)


@bp.get("/media/<token>/peaks")
def media_peaks(token: str) -> ResponseReturnValue:
    """The shape of a sound as JSON, in the form of the program audiowaveform."""
    found, for_all = _seen(token)
    key = found.derived.get("peaks") or abort(404)
    return _file(found, key, "application/json", for_all, "peaks")


@bp.get("/media/<token>/points")
def media_points(token: str) -> ResponseReturnValue:
    """The points of a cloud: four little-endian floats each, x, y, z in metres and the intensity."""
    found, for_all = _seen(token)
    if found.kind is not MediaKind.CLOUD:
        abort(404)
    return _file(found, found.storage_key, found.content_type, for_all, "points")


@bp.get("/media/<token>/frames/<int:number>")
def media_frame(token: str, number: int) -> ResponseReturnValue:
    """One picture of a video, from 0."""
    found, for_all = _seen(token)
    frame = queries.frame_of(found, number) or abort(404)
    return _sent(found, frame.storage_key, frame.content_type, for_all, f"frame {number}")


@bp.get("/media/<token>/tiles/<int:level>/<int:x>/<int:y>")
def media_tile(token: str, level: int, x: int, y: int) -> ResponseReturnValue:
    """One tile of a very large picture: level 0 is the whole picture in one tile, the last level has every pixel."""
    found, for_all = _seen(token)
    key = found.derived.get("tiles") or abort(404)
    place = tiles.Pyramid(found.width, found.height).place(level, x, y)
    if place is None:
        abort(404)
    with _opened(key) as file:
        tile = tiles.read(file, place)
    return _answer(io.BytesIO(tile), found, WEBP, LONG if for_all else SHORT, f"tile {place}")


@bp.app_template_global("media_tiles")
def media_tiles(shown: Media) -> list[tiles.Tile]:
    """The tiles of which a page draws a very large picture, fine enough for any screen; none of other pictures."""
    if "tiles" not in shown.derived:
        return []
    pyramid = tiles.Pyramid(shown.width, shown.height)
    return list(pyramid.tiles(pyramid.level_for(LONGEST_ON_PAGE)))


def _seen(token: str) -> tuple[Media, bool]:
    """The medium, and whether it is for everybody who signed in; what somebody may not see does not exist for them."""
    return queries.media_for(current_user, token, now()) or abort(404)


def _sent(found: Media, key: str, content_type: str, for_all: bool, part: str = "") -> ResponseReturnValue:
    """From the bucket, if media lie in one and a browser may fetch it there; else from here."""
    if address := storage().signed_address(key, content_type):
        return _fetched_there(address)
    return _file(found, key, content_type, for_all, part)


def _file(found: Media, key: str, content_type: str, for_all: bool, part: str) -> ResponseReturnValue:
    """From here. What scripts read comes this way: a bucket is another site to them."""
    return _answer(_opened(key), found, content_type, LONG if for_all else SHORT, part)


def _opened(key: str) -> BinaryIO:
    try:
        return storage().open(key)
    except FileNotFoundError:
        abort(404)


def _answer(file: BinaryIO, found: Media, content_type: str, seconds: int, part: str) -> ResponseReturnValue:
    """The bytes, or the part of them that was asked for, as nothing but what we say they are."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    response = Response(wrap_file(request.environ, file), content_type=content_type, direct_passthrough=True)
    response.call_on_close(file.close)
    response.content_length = size
    # Made from the address alone: bytes that are the same in two places do not say so.
    named = f"{found.token} {part}" if part else found.token
    response.set_etag(hashlib.sha256(named.encode()).hexdigest()[:24])
    if found.public:
        response.cache_control.public = True
    else:
        response.cache_control.private = True
    response.cache_control.max_age = seconds
    response.cache_control.immutable = True
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Content-Disposition"] = "inline"
    try:
        return response.make_conditional(request, accept_ranges=True, complete_length=size)
    except RequestedRangeNotSatisfiable:
        file.close()
        raise


def _fetched_there(address: str) -> ResponseReturnValue:
    """Lead to the bucket: the check was made here, and the address holds for minutes."""
    answer = redirect(address, 307)
    answer.cache_control.private = True
    answer.cache_control.max_age = settings().signed_seconds // 2
    return answer
