"""Figures for whoever watches over the server, as Prometheus reads them: /metrics, for the bearer of a token only.

Without ACADEMY_METRICS_TOKEN nothing is counted and the page does not exist. Several server processes count in files of
one folder (PROMETHEUS_MULTIPROC_DIR, which `academy run` sets), so it does not matter which of them is asked. Labels
are our own words: routes, never addresses; names of events, never people.
"""

import hmac
import os
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import structlog
from flask import Flask, Response, abort, current_app, g, has_app_context, request
from sqlalchemy import func, select

from academy.clock import now
from academy.config import Settings, settings
from academy.db import db
from academy.jobs import Job, JobState

log = structlog.get_logger(__name__)

NAME = "academy.meters"
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

Readings = Callable[[], Mapping[str, float]]
_GAUGES: dict[str, tuple[str, str, Readings]] = {}


def gauge(name: str, words: str, label: str) -> Callable[[Readings], Readings]:
    """Register a function that reads figures at this moment, by label: rooms above tell what they wait for."""

    def register(read: Readings) -> Readings:
        _GAUGES[name] = (words, label, read)
        return read

    return register


class Meters:
    """What this process counts. The library is loaded by whoever wants figures, and by nobody else."""

    def __init__(self) -> None:
        import prometheus_client as prometheus

        self.registry = prometheus.CollectorRegistry()
        to: dict[str, Any] = {"registry": self.registry}
        self.answers = prometheus.Counter("academy_requests", "Requests answered.", ["method", "route", "status"], **to)
        self.seconds = prometheus.Histogram(
            "academy_request_seconds", "How long answers took.", ["route"], buckets=SECONDS, **to
        )
        live: dict[str, Any] = {"multiprocess_mode": "livesum", **to}
        self.open = prometheus.Gauge("academy_requests_open", "Requests being answered now.", **live)
        self.connections = prometheus.Gauge(
            "academy_database_connections", "Connections to the database, by state.", ["state"], **live
        )
        self.events = prometheus.Counter(
            "academy_security_events", "Events of the security log: sign-ins, refusals, new factors.", ["event"], **to
        )

    def written(self) -> bytes:
        """Everything counted, by all processes of this server, and what is read at this moment."""
        import prometheus_client as prometheus
        from prometheus_client import multiprocess

        counted = self.registry
        if folder := os.environ.get(SHARED_FOLDER):
            _forget_the_dead(Path(folder), multiprocess.mark_process_dead)
            counted = prometheus.CollectorRegistry()
            multiprocess.MultiProcessCollector(counted, folder)  # type: ignore[no-untyped-call]
        read = prometheus.CollectorRegistry()
        read.register(_Now())
        return prometheus.generate_latest(counted) + prometheus.generate_latest(read)


class _Now:
    """The registered gauges, read when somebody asks; one that fails says so and leaves the others alone."""

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import GaugeMetricFamily

        failed = GaugeMetricFamily("academy_gauge_failed", "Gauges that could not be read.", labels=["gauge"])
        for name, (words, label, read) in sorted(_GAUGES.items()):
            family = GaugeMetricFamily(name, words, labels=[label])
            try:
                for value, figure in sorted(read().items()):
                    family.add_metric([value], figure)
            except Exception as error:
                log.warning("gauge not read", gauge=name, error=type(error).__name__)
                failed.add_metric([name], 1)
                db.session.rollback()
            yield family
        yield failed


def init_app(app: Flask, chosen: Settings) -> None:
    app.add_url_rule("/metrics", "metrics", metrics)
    if chosen.metrics_token:
        app.extensions[NAME] = Meters()
        app.before_request(_begin)
        app.after_request(_answered)
        app.teardown_request(_end)


def metrics() -> Response:
    """The figures, for whoever shows the token."""
    token = settings().metrics_token
    if token is None:
        abort(404)
    shown = request.headers.get("Authorization", "").encode("utf-8", "replace")
    if not hmac.compare_digest(shown, f"Bearer {token}".encode()):
        return Response("A token is needed.\n", 401, {"WWW-Authenticate": "Bearer"}, content_type="text/plain")
    meters: Meters = current_app.extensions[NAME]
    return Response(meters.written(), content_type="text/plain; version=1.0.0; charset=utf-8")


def count_event(logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor of structlog: every line of the security log is also a figure."""
    if getattr(logger, "name", "") == "security" and has_app_context() and NAME in current_app.extensions:
        current_app.extensions[NAME].events.labels(str(event.get("event", ""))).inc()
    return event


def _begin() -> None:
    g.metered_since = perf_counter()
    current_app.extensions[NAME].open.inc()


def _answered(response: Response) -> Response:
    meters: Meters = current_app.extensions[NAME]
    route = request.url_rule.rule if request.url_rule else "none"
    method = request.method if request.method in METHODS else "other"
    meters.answers.labels(method, route, str(response.status_code)).inc()
    if since := g.get("metered_since"):
        meters.seconds.labels(route).observe(perf_counter() - since)
    pool: Any = db.engine.pool
    with suppress(AttributeError):  # a pool that keeps nothing has nothing to tell
        meters.connections.labels("in use").set(pool.checkedout())
        meters.connections.labels("waiting for use").set(pool.checkedin())
    return response


def _end(_error: BaseException | None) -> None:
    if g.pop("metered_since", None) is not None:
        current_app.extensions[NAME].open.dec()


def _forget_the_dead(folder: Path, forget: Callable[[int, str], None]) -> None:
    """A process that was killed does not answer requests any more, whatever its file says."""
    for path in folder.glob("gauge_live*_*.db"):
        number = int(path.stem.rpartition("_")[2])
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            forget(number, str(folder))
        except PermissionError:
            continue


@gauge("academy_jobs", "Background work, by state.", "state")
def _jobs() -> Mapping[str, float]:
    unfinished = [state for state in JobState if state != JobState.DONE]
    counted = select(Job.state, func.count()).where(Job.state.in_(unfinished)).group_by(Job.state)
    found = {state.value: count for state, count in db.session.execute(counted)}
    return {state.value: found.get(state.value, 0) for state in unfinished}


@gauge("academy_jobs_late_seconds", "How long the oldest background work that is due has been waiting.", "state")
def _late() -> Mapping[str, float]:
    due: datetime | None = db.session.scalar(select(func.min(Job.due_at)).where(Job.state == JobState.WAITING))
    return {"waiting": max(0.0, (now() - due).total_seconds()) if due else 0.0}
