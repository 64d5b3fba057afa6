"""Builds the application; the one place that knows every room."""

import hashlib

from flask import Flask
from flask_compress import Compress
from werkzeug.middleware.proxy_fix import ProxyFix

from academy import errors, health, home, i18n, logs, metrics, navigation, openapi, permissions, security, styleguide
from academy.accounts import letters as account_letters
from academy.accounts import notices as account_notices
from academy.accounts import signing_in
from academy.annotation.exchange import jobs as annotation_jobs
from academy.annotation.exchange import transfer_jobs
from academy.annotation.quality import jobs as quality_jobs
from academy.blueprint import bp as academy_rooms
from academy.config import Settings, read_settings
from academy.credentials import jobs as credential_jobs
from academy.credentials import letters as credential_letters
from academy.db import db, prepare_engine
from academy.federation import jobs as federation_jobs
from academy.federation import words as federation_words
from academy.job_pages import bp as job_pages
from academy.mail import jobs as mail_jobs
from academy.mail import kinds as mail_kinds
from academy.object_storage import open_storage
from academy.paths import static_dir, templates_dir
from academy.privacy import gate as privacy_gate
from academy.privacy import jobs as privacy_jobs
from academy.projects import jobs as project_jobs
from academy.projects import places as project_places
from academy.uploads import door as upload_door
from academy.version import __version__
from academy.web import RowNumber, compact
from courses.blueprint import bp as course_rooms
from courses.catalogue import places as course_places
from courses.cohorts import jobs as cohort_jobs
from courses.cohorts import places as centre_places
from courses.practice import jobs as practice_jobs
from exams.blueprint import bp as exam_rooms
from exams.sittings import jobs as sitting_jobs

BACKGROUND_WORK = (
    mail_jobs,
    federation_jobs,
    annotation_jobs,
    quality_jobs,
    transfer_jobs,
    credential_jobs,
    project_jobs,
    practice_jobs,
    sitting_jobs,
    cohort_jobs,
    privacy_jobs,
)
"""Imported for what they register: jobs by name, and work for every minute."""
PLACES = (centre_places, project_places, course_places)
"""Imported for the kinds of places they register, in which a role can be held."""
LETTERS = (account_letters, mail_kinds, account_notices, credential_letters)
"""Imported for the kinds of letters they register."""


def create_app(chosen: Settings | None = None) -> Flask:
    """The application with these settings (by default those of the environment)."""
    chosen = chosen or read_settings()
    app = Flask(
        "academy",
        template_folder=str(templates_dir()),
        static_folder=str(static_dir()),
        static_url_path=f"/static/{__version__}-{_fingerprint()}",
    )
    _configure(app, chosen)
    logs.init_app(app, chosen)
    upload_door.init_app(app)
    security.init_app(app, chosen)
    i18n.init_app(app)
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    signing_in.init_app(app)
    permissions.init_app(app)
    privacy_gate.init_app(app)
    errors.init_app(app)
    navigation.init_app(app)
    federation_words.init_app(app)
    Compress(app)
    health.init_app(app)
    metrics.init_app(app, chosen)
    _register_rooms(app)
    permissions.check_every_view(app)
    return app


def _configure(app: Flask, chosen: Settings) -> None:
    # Attempts are counted by network: behind a server of ours, the network is the one that server names.
    if chosen.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=chosen.proxies, x_proto=chosen.proxies)  # type: ignore[method-assign]
    app.extensions["academy.settings"] = chosen
    app.extensions["academy.storage"] = open_storage(chosen.storage, chosen.media_dir, chosen.signed_seconds)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=chosen.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_pre_ping": not chosen.database_url.startswith("sqlite"),
            "hide_parameters": True,  # an error message would carry password hashes and names into the log
        },
        SEND_FILE_MAX_AGE_DEFAULT=31_536_000,
        SESSION_REFRESH_EACH_REQUEST=False,
        COMPRESS_ALGORITHM=["gzip"],
        COMPRESS_MIN_SIZE=1000,
    )
    app.url_map.converters["int"] = RowNumber
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(compact=compact, settings=chosen)


def _register_rooms(app: Flask) -> None:
    for rooms in (job_pages, academy_rooms, course_rooms, exam_rooms):
        app.register_blueprint(rooms)
    home.init_app(app)
    openapi.init_app(app)
    styleguide.init_app(app)


def _fingerprint() -> str:
    """A short name for the content of all static files, so that browsers may keep them for a year."""
    digest = hashlib.sha256()
    for path in sorted(static_dir().rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(static_dir()).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:8]
