"""What an operator may choose, read once from the environment.

Every setting has a value that suits a laptop. A wrong value stops the start with a sentence that says what to change.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from academy.federation.rules import Provider, WrongProvider, read_providers
from academy.mail.rules import Route, Way, is_address, read_route
from academy.object_storage import read_bucket
from academy.privacy.rules import TERMS, Term, read_terms


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
    storage: str | None
    """The address of a bucket (see object_storage.py); None keeps media in the data folder."""
    signed_seconds: int
    """How long a browser may fetch one object of the bucket; 0: everything goes through us."""
    metrics_token: str | None
    default_language: str
    timezone: str
    log_format: str
    mail: Route
    """How letters leave the house."""
    mail_from: str
    staff_need_factor: bool = True
    """Whether everybody with a role beside a learner's has to sign in with a second step."""
    providers: tuple[Provider, ...] = ()
    """Other houses that may say who somebody is."""
    fetching: bool = False
    """Whether addresses that people type may be fetched."""
    jobs_at_once: bool = False
    """Run background work as soon as it was committed, in the same process: for tests and one-off commands."""
    retention: Mapping[str, Term] = field(default_factory=lambda: TERMS)
    """How long what is kept, by the names of academy/privacy/rules.py."""

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
    environment = _choice(environ, "ACADEMY_ENVIRONMENT", Environment, Environment.DEVELOPMENT)
    host = urlsplit(public_url).hostname or "localhost"
    return Settings(
        environment=environment,
        data_dir=data_dir,
        database_url=_database_url(environ.get("ACADEMY_DATABASE_URL", f"sqlite:///{data_dir / 'academy.db'}")),
        public_url=public_url,
        secret_key=environ.get("ACADEMY_SECRET_KEY") or _kept_secret(data_dir),
        trusted_hosts=_hosts(environ.get("ACADEMY_TRUSTED_HOSTS", ""), host),
        proxies=int(_one_of(environ, "ACADEMY_PROXIES", ("0", "1", "2", "3"))),
        valkey_url=environ.get("ACADEMY_VALKEY_URL") or None,
        storage=_storage(environ.get("ACADEMY_STORAGE") or None),
        signed_seconds=_whole_number(environ, "ACADEMY_SIGNED_SECONDS", 300, most=3600),
        metrics_token=_token(environ, "ACADEMY_METRICS_TOKEN"),
        default_language=_one_of(environ, "ACADEMY_LANGUAGE", ("ko", "en")),
        timezone=_timezone(environ.get("ACADEMY_TIMEZONE", "Asia/Seoul")),
        log_format=_one_of(environ, "ACADEMY_LOG_FORMAT", ("json", "console")),
        mail=_mail_route(environ, data_dir),
        mail_from=_mail_from(environ.get("ACADEMY_MAIL_FROM", f"Labeler Academy <no-reply@{_domain(host)}>")),
        staff_need_factor=_staff_factor(environ, environment) == "required",
        providers=_providers(environ),
        retention=_retention(environ.get("ACADEMY_RETENTION", "")),
        fetching=_one_of(environ, "ACADEMY_FETCH", ("off", "on")) == "on",
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


def _mail_route(environ: Mapping[str, str], data_dir: Path) -> Route:
    """A developer reads letters on the screen, a demo keeps them in its folder; others say where they go."""
    usual = {Environment.DEVELOPMENT: "console:", Environment.DEMO: f"file:{data_dir / 'mail'}"}
    environment = _choice(environ, "ACADEMY_ENVIRONMENT", Environment, Environment.DEVELOPMENT)
    try:
        route = read_route(environ.get("ACADEMY_MAIL") or usual.get(environment, "off"))
    except ValueError as error:
        raise WrongSetting(str(error)) from error
    if route.way is Way.CONSOLE and environment is Environment.PRODUCTION:
        raise WrongSetting("ACADEMY_MAIL=console: would write the links in letters into the logs. Use smtp:// or off.")
    return route


def _mail_from(value: str) -> str:
    if not is_address(parseaddr(value)[1]):
        raise WrongSetting(f"ACADEMY_MAIL_FROM is {value!r}. Example: Labeler Academy <academy@academy.example>")
    return value


def _retention(value: str) -> Mapping[str, Term]:
    try:
        return read_terms(value)
    except ValueError as error:
        raise WrongSetting(f"ACADEMY_RETENTION can not be used: {error}.") from error


def _domain(host: str) -> str:
    """What stands behind the @ of our own letters; bare hosts and numbers get an ending that belongs to nobody."""
    return host if "." in host and not host.replace(".", "").isdigit() else "localhost.invalid"


def _providers(environ: Mapping[str, str]) -> tuple[Provider, ...]:
    try:
        return read_providers(environ)
    except WrongProvider as error:
        raise WrongSetting(str(error)) from error


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


def _whole_number(environ: Mapping[str, str], name: str, default: int, *, most: int) -> int:
    value = environ.get(name, str(default))
    if not (value.isascii() and value.isdigit()) or int(value) > most:
        raise WrongSetting(f"{name} is {value!r}. Give a whole number from 0 to {most}.")
    return int(value)


def _token(environ: Mapping[str, str], name: str) -> str | None:
    value = environ.get(name) or None
    if value is not None and len(value) < 16:
        raise WrongSetting(f"{name} is too short to be a secret. Give at least 16 characters, made at random.")
    return value


def _storage(value: str | None) -> str | None:
    if value is not None:
        try:
            read_bucket(value)
        except ValueError as error:
            raise WrongSetting(f"ACADEMY_STORAGE can not be used: {error}.") from error
    return value


def _staff_factor(environ: Mapping[str, str], environment: Environment) -> str:
    """A demo is tried by one person who plays everybody: there a second step only where somebody set one up."""
    choices = ("optional", "required") if environment is Environment.DEMO else ("required", "optional")
    return _one_of(environ, "ACADEMY_STAFF_FACTOR", choices)


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
