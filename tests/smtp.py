"""A small mail server on a real socket: takes letters, or refuses them in the way a test asks for."""

import base64
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Manner:
    """How the server behaves; answers take the place of its friendly ones."""

    tls: ssl.SSLContext | None = None
    implicit: bool = False
    login: tuple[str, str] | None = None
    answers: dict[str, str] = field(default_factory=dict)
    """By command, such as {"RCPT": "550 no such user"}; "" hangs up instead."""


@dataclass
class Taken:
    """A letter that the server took, and how it came."""

    sender: str
    to: list[str]
    raw: bytes
    protected: bool
    user: str

    @property
    def message(self) -> EmailMessage:
        message = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(message, EmailMessage)
        return message


class MailServer(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, manner: Manner) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.manner = manner
        self.taken: list[Taken] = []
        self.connections = 0

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up, as when it does not trust us, is no error of the test."""


class _Conversation(StreamRequestHandler):
    server: MailServer

    def setup(self) -> None:
        self.server.connections += 1
        self.protected, self.user, self.sender = False, "", ""
        self.to: list[str] = []
        if self.server.manner.implicit and self.server.manner.tls is not None:
            self._protect()
        super().setup()

    def _protect(self) -> None:
        assert self.server.manner.tls is not None
        self.request = self.server.manner.tls.wrap_socket(self.request, server_side=True)
        self.protected = True

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        self.say("220 mail.test")
        while line := self.rfile.readline():
            words = line.decode().strip()
            command = words.split(" ")[0].upper().partition(":")[0]
            if command in self.server.manner.answers:
                if not self.server.manner.answers[command]:
                    return
                self.say(self.server.manner.answers[command])
            elif not self.answer(command, words):
                return

    def answer(self, command: str, words: str) -> bool:
        manner = self.server.manner
        if command == "EHLO":
            offers = ["250-mail.test", "250-8BITMIME"]
            offers += ["250-STARTTLS"] if manner.tls and not self.protected else []
            offers += ["250-AUTH PLAIN"] if manner.login else []
            for offer in offers:
                self.say(offer)
            self.say("250 HELP")
        elif command == "STARTTLS":
            self.say("220 go on")
            self._protect()
            super().setup()
        elif command == "AUTH":
            _nobody, user, password = base64.b64decode(words.split(" ")[2]).decode().split("\0")
            fits = (user, password) == manner.login
            self.user = user if fits else ""
            self.say("235 welcome" if fits else "535 wrong")
        elif command == "MAIL":
            self.sender, self.to = words, []
            self.say("250 ok")
        elif command == "RCPT":
            self.to.append(words.partition("<")[2].partition(">")[0])
            self.say("250 ok")
        elif command == "DATA":
            self.say("354 go on")
            self.take()
        else:
            self.say("221 bye" if command == "QUIT" else "250 ok")
        return command != "QUIT"

    def take(self) -> None:
        raw = b""
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            raw += line.removeprefix(b".") if line.startswith(b"..") else line
        self.server.taken.append(Taken(self.sender, self.to, raw, self.protected, self.user))
        self.say("250 taken")


@contextmanager
def mail_server(manner: Manner | None = None) -> Iterator[MailServer]:
    server = MailServer(manner or Manner())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A certificate for this machine that nobody knows, for the server; and the file with which to trust it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    at = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(at - timedelta(hours=1))
        .not_valid_after(at + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "mail.crt", folder / "mail.key"
    public.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, public
