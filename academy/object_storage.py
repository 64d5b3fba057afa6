"""Media in object storage that speaks S3: the same verbs as the local folder, and addresses signed for a short time.

    s3://bucket/prefix?endpoint=https://minio.example&region=ap-northeast-2&public=https://media.example

`endpoint` is where we ask, `public` is where browsers ask (the same unless given). Amazon's own storage needs
`region` only. Keys and secrets come from the usual AWS_* variables and never stand in the address.
"""

import mimetypes
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import parse_qsl, urlsplit

from academy.storage import LocalFolder, Storage, Stored, checked_key

WORDS = frozenset({"endpoint", "region", "public"})
READ_AHEAD = 1_000_000
KEPT_BY_BROWSERS = "private, max-age=31536000, immutable"
MOST_AT_ONCE = 1000
"""What S3 lists in one answer."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where objects lie, as a setting says it."""

    name: str
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None
    public: str | None = None

    @property
    def origin(self) -> str:
        """Where browsers fetch signed addresses from, for the Content-Security-Policy."""
        place = self.public or self.endpoint
        if place:
            parts = urlsplit(place)
            return f"{parts.scheme}://{parts.netloc}"
        return f"https://{self.name}.s3.{self.region}.amazonaws.com"


def read_bucket(address: str) -> Bucket:
    """The bucket an address names; raises ValueError with a sentence."""
    parts = urlsplit(address)
    words = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme != "s3" or not parts.hostname or parts.username or parts.password:
        raise ValueError("it begins with s3:// and the name of a bucket; keys and secrets come from AWS_* variables")
    if unknown := set(words) - WORDS:
        raise ValueError(f"it may say {', '.join(sorted(WORDS))}, not {', '.join(sorted(unknown))}")
    for word in ("endpoint", "public"):
        place = urlsplit(words.get(word, "https://none"))
        if place.scheme not in {"http", "https"} or not place.hostname:
            raise ValueError(f"{word} is an address such as https://media.example")
    if not words.get("endpoint") and not words.get("region"):
        raise ValueError("it says endpoint=..., or region=... where Amazon keeps the bucket")
    prefix = parts.path.strip("/")
    if prefix:
        checked_key(prefix)
    return Bucket(parts.hostname, prefix, words.get("endpoint"), words.get("region"), words.get("public"))


def open_storage(address: str | None, media_dir: Path, signed_seconds: int) -> Storage:
    """The storage a setting asks for: a bucket, or the local folder."""
    return ObjectStorage(read_bucket(address), signed_seconds) if address else LocalFolder(media_dir)


class ObjectStorage:
    """Objects below one prefix of a bucket. Each appears whole or not at all."""

    def __init__(self, bucket: Bucket, signed_seconds: int = 300) -> None:
        self.bucket = bucket
        self.signed_seconds = signed_seconds
        self._lock = threading.Lock()
        self._clients: dict[str | None, Any] = {}
        self._signed: dict[tuple[str, str], tuple[float, str]] = {}

    def put(self, key: str, data: bytes) -> None:
        kind = mimetypes.guess_type(key)[0] or "application/octet-stream"
        self._s3().put_object(**self._at(key), Body=data, ContentType=kind)

    def get(self, key: str) -> bytes:
        with _missing_is_no_file(key):
            return cast(bytes, self._s3().get_object(**self._at(key))["Body"].read())

    def open(self, key: str) -> BinaryIO:
        """To be read like a file: also from the middle."""
        with _missing_is_no_file(key):
            size = int(self._s3().head_object(**self._at(key))["ContentLength"])
        return cast(BinaryIO, BufferedReader(_Object(self._s3(), self._at(key), size), READ_AHEAD))

    def exists(self, key: str) -> bool:
        try:
            with _missing_is_no_file(key):
                self._s3().head_object(**self._at(key))
        except FileNotFoundError:
            return False
        return True

    def delete(self, key: str) -> None:
        self._s3().delete_object(**self._at(key))

    def list(self, prefix: str = "") -> Iterator[Stored]:
        """Every object, by key; a thousand are asked for at a time."""
        below = f"{self.bucket.prefix}/" if self.bucket.prefix else ""
        pages = self._s3().get_paginator("list_objects_v2")
        wanted = {"Bucket": self.bucket.name, "Prefix": below + prefix, "PaginationConfig": {"PageSize": MOST_AT_ONCE}}
        for page in pages.paginate(**wanted):
            for entry in page.get("Contents", ()):
                yield Stored(str(entry["Key"]).removeprefix(below), int(entry["Size"]))

    def signed_address(self, key: str, content_type: str) -> str | None:
        """Where a browser may fetch this object for a short time, with the content type we say.

        The same address is given again during the first half of its life, so that a browser knows the picture it has.
        """
        if not self.signed_seconds:
            return None
        at, wanted = time.monotonic(), (key, content_type)
        known = self._signed.get(wanted)
        if known and known[0] > at:
            return known[1]
        says = {
            "ResponseContentType": content_type,
            "ResponseContentDisposition": "inline",
            "ResponseCacheControl": KEPT_BY_BROWSERS,
        }
        client = self._s3(self.bucket.public or self.bucket.endpoint)
        asked = self._at(key) | says
        made = str(client.generate_presigned_url("get_object", Params=asked, ExpiresIn=self.signed_seconds))
        with self._lock:
            if len(self._signed) > 10_000:
                self._signed.clear()
            self._signed[wanted] = (at + self.signed_seconds / 2, made)
        return made

    def check(self) -> None:
        """Raises when the bucket does not answer or is not ours."""
        self._s3().head_bucket(Bucket=self.bucket.name)

    def __str__(self) -> str:
        return f"s3://{self.bucket.name}/{self.bucket.prefix}".rstrip("/")

    def _at(self, key: str) -> dict[str, Any]:
        checked_key(key)
        return {"Bucket": self.bucket.name, "Key": f"{self.bucket.prefix}/{key}" if self.bucket.prefix else key}

    def _s3(self, endpoint: str | None = None) -> Any:
        """A client, made at its first use and shared by all threads."""
        endpoint = endpoint or self.bucket.endpoint
        with self._lock:
            if endpoint not in self._clients:
                self._clients[endpoint] = self._new_client(endpoint)
            return self._clients[endpoint]

    def _new_client(self, endpoint: str | None) -> Any:
        # Heavy: whoever keeps media in a folder never loads it.
        import boto3
        from botocore.config import Config

        choices = Config(
            signature_version="s3v4",
            s3={"addressing_style": "path" if endpoint else "virtual"},
            connect_timeout=3,
            read_timeout=20,
            retries={"mode": "standard", "total_max_attempts": 3},
            max_pool_connections=32,
            # Storage that is not Amazon's often does not know the newer checksums.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        region = self.bucket.region or ("us-east-1" if endpoint else None)
        return boto3.session.Session().client("s3", endpoint_url=endpoint, region_name=region, config=choices)


@contextmanager
def _missing_is_no_file(key: str) -> Iterator[None]:
    """Inside, an object that is not there is a FileNotFoundError, as with the folder."""
    try:
        yield
    except Exception as error:
        answer: dict[str, Any] = getattr(error, "response", None) or {}
        if answer.get("Error", {}).get("Code") in {"NoSuchKey", "404", "NotFound"}:
            raise FileNotFoundError(key) from error
        raise


class _Object(RawIOBase):
    """One object, read from wherever the reader stands; its body is asked for again after a jump."""

    def __init__(self, client: Any, at: dict[str, Any], size: int) -> None:
        self.client, self.at, self.size = client, at, size
        self.position = 0
        self.body: Any = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        target = offset + (0, self.position, self.size)[whence]
        if target != self.position:
            self._drop()
            self.position = max(0, target)
        return self.position

    def tell(self) -> int:
        return self.position

    def readinto(self, buffer: Any) -> int:
        if self.position >= self.size:
            return 0
        if self.body is None:
            self.body = self.client.get_object(**self.at, Range=f"bytes={self.position}-")["Body"]
        data = self.body.read(len(buffer))
        buffer[: len(data)] = data
        self.position += len(data)
        return len(data)

    def close(self) -> None:
        self._drop()
        super().close()

    def _drop(self) -> None:
        if self.body is not None:
            self.body.close()
            self.body = None
