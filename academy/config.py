"""What an operator may choose, read once from the environment.

Every setting has a value that suits a laptop. A wrong value stops the start with a sentence that says what to change.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError


class WrongSetting(SystemExit):
    """A setting can not be used; the sentence names it and says what to do."""


class Environment(StrEnum):
    """What this installation is for. The demo says everywhere that its badges are for show."""

    DEVELOPMENT = "development"
    DEMO = "demo"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator may choose, checked."""

    environment: Environment
    data_dir: Path
    database_url: str
    public_url: str
    secret_key: str
    trusted_hosts: tuple[str, ...]
    proxies: int
    """Servers of ours in front, each of which names whom it answers; without them everybody has the same address."""
    valkey_url: str | None
    default_language: str
    timezone: str
    log_format: str
    jobs_at_once: bool = False
    """Run background work as soon as it was committed, in the same process: for tests and one-off commands."""

    @property
    def media_dir(self) -> Path:
        return self.data_dir / "media"

    @property
    def on_loopback(self) -> bool:
        return is_loopback(urlsplit(self.public_url).hostname or "")

    @property
    def secure_cookies(self) -> bool:
        """Browsers keep Secure cookies for https and, as they trust it, for loopback."""
        return self.public_url.startswith("https://") or self.on_loopback


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process; raises WrongSetting with a sentence for the operator."""
    data_dir = Path(environ.get("ACADEMY_DATA", "data")).expanduser().resolve()
    public_url = _public_url(environ.get("ACADEMY_PUBLIC_URL", "http://localhost:8000"))
    host = urlsplit(public_url).hostname or "localhost"
    return Settings(
        environment=_choice(environ, "ACADEMY_ENVIRONMENT", Environment, Environment.DEVELOPMENT),
        data_dir=data_dir,
        database_url=_database_url(environ.get("ACADEMY_DATABASE_URL", f"sqlite:///{data_dir / 'academy.db'}")),
        public_url=public_url,
        secret_key=environ.get("ACADEMY_SECRET_KEY") or _kept_secret(data_dir),
        trusted_hosts=_hosts(environ.get("ACADEMY_TRUSTED_HOSTS", ""), host),
        proxies=int(_one_of(environ, "ACADEMY_PROXIES", ("0", "1", "2", "3"))),
        valkey_url=environ.get("ACADEMY_VALKEY_URL") or None,
        default_language=_one_of(environ, "ACADEMY_LANGUAGE", ("ko", "en")),
        timezone=_timezone(environ.get("ACADEMY_TIMEZONE", "Asia/Seoul")),
        log_format=_one_of(environ, "ACADEMY_LOG_FORMAT", ("json", "console")),
        jobs_at_once=_one_of(environ, "ACADEMY_JOBS", ("worker", "at-once")) == "at-once",
    )


def settings() -> Settings:
    """The settings of the application that is running."""
    found: Settings = current_app.extensions["academy.settings"]
    return found


def _public_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise WrongSetting(
            f"ACADEMY_PUBLIC_URL is {value!r}. Give the address people type, without a path: https://academy.example"
        )
    return value.rstrip("/")


def _database_url(value: str) -> str:
    try:
        url = make_url(value)
    except ArgumentError as error:
        raise WrongSetting(
            "ACADEMY_DATABASE_URL can not be read. Examples: sqlite:////var/lib/academy/academy.db or "
            "postgresql+psycopg://academy@localhost/academy"
        ) from error
    if url.get_backend_name() not in {"sqlite", "postgresql"}:
        raise WrongSetting(f"ACADEMY_DATABASE_URL asks for {url.get_backend_name()}. Use sqlite or postgresql.")
    if url.get_backend_name() == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    elif not url.database or url.database == ":memory:":
        raise WrongSetting("ACADEMY_DATABASE_URL needs a file: a database in memory is lost at the next restart.")
    return url.render_as_string(hide_password=False)


def _choice(environ: Mapping[str, str], name: str, choices: type[Environment], default: Environment) -> Environment:
    value = environ.get(name, default)
    try:
        return choices(value)
    except ValueError as error:
        raise WrongSetting(f"{name} is {value!r}. Choose one of: {', '.join(choices)}.") from error


def _one_of(environ: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = environ.get(name, choices[0])
    if value not in choices:
        raise WrongSetting(f"{name} is {value!r}. Choose one of: {', '.join(choices)}.")
    return value


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError) as error:
        raise WrongSetting(
            f"ACADEMY_TIMEZONE is {value!r}. Give a name such as Asia/Seoul or Europe/Berlin."
        ) from error
    return value


def _hosts(value: str, public_host: str) -> tuple[str, ...]:
    chosen = tuple(host.strip() for host in value.split(",") if host.strip())
    if chosen:
        return chosen
    return ("localhost", "127.0.0.1", "[::1]") if is_loopback(public_host) else (public_host,)


def _kept_secret(data_dir: Path) -> str:
    """The secret of this installation: made at the first start, readable by its owner only."""
    path = data_dir / "secret"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return _read_secret(path)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            secret = secrets.token_urlsafe(48)
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        return secret
    except OSError as error:
        raise WrongSetting(f"The folder {data_dir} can not be written ({error.strerror}). Set ACADEMY_DATA.") from error


def _read_secret(path: Path) -> str:
    secret = path.read_text(encoding="ascii").strip()
    if len(secret) < 32:
        raise WrongSetting(
            f"{path} is too short to be a secret. Delete it to have a new one made (all are signed out)."
        )
    return secret
