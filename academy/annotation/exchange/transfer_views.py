"""Routes that take files in pieces, as tus 1.0 (https://tus.io/protocols/resumable-upload) describes it: its core, and
the extensions creation, creation-with-upload, expiration and termination."""

import base64
import binascii
from email.utils import format_datetime

from flask import Response, abort, request, url_for
from flask_login import current_user

from academy.annotation.exchange import transfers
from academy.annotation.exchange.models import Transfer
from academy.annotation.views import bp
from academy.clock import now
from academy.db import transaction
from academy.errors import Refused
from academy.i18n import _l
from academy.permissions import Permission, requires

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,termination"
PIECE = "application/offset+octet-stream"


@bp.post("/gold/transfers")
@requires(Permission.OPERATE)
def begin_transfer() -> Response:
    """Announce a file; its first piece may come along."""
    _check_version()
    size, name, data = _number("Upload-Length"), _file_name(), b""
    if size > transfers.LARGEST_TRANSFER:
        abort(413)
    if request.mimetype == PIECE:
        data = _piece()
    at = now()
    with transaction():
        made = transfers.begin(name, size, current_user.id, at)
        token = made.token
    if data:
        _add(token, 0, data)
    return _answer(201, token, len(data), Location=url_for(".transfer", token=token))


@bp.route("/gold/transfers/<token>", methods=["HEAD"])
@requires(Permission.OPERATE)
def transfer(token: str) -> Response:
    """How much of a file is here."""
    _check_version()
    found = transfers.of_person(token, current_user.id)
    headers = {"Upload-Length": str(found.size), "Cache-Control": "no-store"}
    return _answer(200, token, found.received, **headers)


@bp.patch("/gold/transfers/<token>")
@requires(Permission.OPERATE)
def add_piece(token: str) -> Response:
    """Take the next piece."""
    _check_version()
    offset = _number("Upload-Offset")
    if request.mimetype != PIECE:
        abort(415)
    found = transfers.of_person(token, current_user.id)
    if offset != found.received:
        abort(409)
    data = _piece()
    if offset + len(data) > found.size:
        abort(413)
    return _answer(204, token, _add(token, offset, data))


@bp.delete("/gold/transfers/<token>")
@requires(Permission.OPERATE)
def remove_transfer(token: str) -> Response:
    """Give a file up."""
    _check_version()
    with transaction():
        transfers.remove(transfers.of_person(token, current_user.id))
    return _answer(204, token, None)


def _add(token: str, offset: int, data: bytes) -> int:
    """Keep a piece, then say that it is here; tells how much is here now."""
    key = transfers.lay_piece(token, offset, data)
    try:
        with transaction():
            found: Transfer = transfers.of_person(token, current_user.id)
            transfers.take_piece(found, offset, key, len(data), now())
    except BaseException:
        transfers.forget([key])
        raise
    return offset + len(data)


def _check_version() -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        answer = Response(status=412)
        answer.headers["Tus-Version"] = VERSION
        abort(answer)


def _number(name: str) -> int:
    written = request.headers.get(name, "")
    if not written.isascii() or not written.isdigit() or len(written) > 15:
        raise Refused(_l("The number in the header %(name)s is missing or wrong.", name=name))
    return int(written)


def _file_name() -> str:
    """What the sender calls the file: `filename` among the metadata, in base64."""
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        key, _, value = pair.strip().partition(" ")
        if key == "filename":
            try:
                return base64.b64decode(value, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError) as error:
                raise Refused(_l("The name of the file can not be read.")) from error
    return ""


def _piece() -> bytes:
    """The body: all that was announced, or nothing of it. Who was cut off asks how much is here and sends it again."""
    if (request.content_length or 0) > transfers.LARGEST_PIECE:
        abort(413)
    data = request.stream.read(transfers.LARGEST_PIECE + 1)
    if len(data) > transfers.LARGEST_PIECE:
        abort(413)
    if not data or len(data) != (request.content_length or len(data)):
        raise Refused(_l("The connection was cut while the file was sent. Nothing is lost; send on."))
    return data


def _answer(status: int, token: str, received: int | None, **headers: str) -> Response:
    answer = Response(status=status)
    answer.headers.update({"Tus-Resumable": VERSION, "Tus-Version": VERSION, "Tus-Extension": EXTENSIONS, **headers})
    answer.headers["Tus-Max-Size"] = str(transfers.LARGEST_TRANSFER)
    if received is not None:
        answer.headers["Upload-Offset"] = str(received)
        answer.headers["Upload-Expires"] = format_datetime(now() + transfers.KEPT, usegmt=True)
    return answer
