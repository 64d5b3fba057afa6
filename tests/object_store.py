"""A real server of object storage for tests and for developers: moto over HTTP, on a port of its own."""

import logging
import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import boto3

from tests.needs import missing

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "not-a-secret", "AWS_EC2_METADATA_DISABLED": "1"}
BUCKET = "academy-media"


@contextmanager
def object_store(port: int = 0) -> Iterator[str]:
    """A running server with an empty bucket; gives its address. Credentials stand in the environment meanwhile."""
    try:
        from moto.server import ThreadedMotoServer
    except ImportError:
        missing("moto (pip install 'moto[s3,server]')")
    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    with patch.dict(os.environ, CREDENTIALS):
        try:
            address = f"http://localhost:{server.get_host_and_port()[1]}"
            # What it holds belongs to the process, not to the server: begin with nothing.
            urllib.request.urlopen(urllib.request.Request(f"{address}/moto-api/reset", method="POST")).close()
            client(address).create_bucket(Bucket=BUCKET)
            yield address
        finally:
            server.stop()


def client(address: str) -> Any:
    return boto3.session.Session().client("s3", endpoint_url=address, region_name="us-east-1")


def setting(address: str, prefix: str = "") -> str:
    """What ACADEMY_STORAGE says to use this server."""
    return f"s3://{BUCKET}/{prefix}?endpoint={address}"
