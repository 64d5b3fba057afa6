"""`academy gold`: labels that other tools wrote, in and out. A dry run needs no settings and no database."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from flask import Flask
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from academy import audit
from academy.annotation import importing, queries
from academy.annotation.formats import coco_boxes as coco
from academy.annotation.formats import reading_voc as voc
from academy.annotation.formats.preparing import Prepared, prepare
from academy.annotation.formats.reading import Problem, Reading, UnreadableSource
from academy.annotation.models import TaskSet
from academy.annotation.rules import Purpose
from academy.clock import now
from academy.db import transaction
from academy.storage import storage
from academy.uploads.workshop import Workshop

OpenApp = Callable[[], Flask]
READERS: Mapping[str, Callable[[Path], Reading]] = {"voc": voc.read, "coco": coco.read}
FORMAT = click.Choice(sorted(READERS))
OWN_LICENCE = "LICENCE.txt"
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@click.group("gold")
def gold() -> None:
    """Gold labels: import and export."""


def _slug(_ctx: click.Context, _parameter: click.Parameter, value: str) -> str:
    if len(value) > 80 or not SLUG.fullmatch(value):
        raise click.BadParameter("Use small letters, digits and single hyphens, for instance street-boxes.")
    return value


def _titles(_ctx: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, dict[str, str]]:
    titles = {}
    for value in values:
        found = re.fullmatch(r"([^=]+)=([^/]+)/(.+)", value)
        if not found:
            raise click.BadParameter("Write NAME=KOREAN/ENGLISH, for instance RBC=적혈구/Red blood cell.")
        titles[found[1]] = {"ko": found[2], "en": found[3]}
    return titles


@gold.command("import")
@click.argument("form", metavar="voc|coco", type=FORMAT)
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--set", "slug", required=True, callback=_slug, help="Name of the task set; made if it is new.")
@click.option("--title", help="Title of a new set in English (else its name).")
@click.option("--title-ko", help="Title of a new set in Korean (else the English one).")
@click.option("--label", "titles", multiple=True, callback=_titles, help="NAME=KOREAN/ENGLISH; as often as needed.")
@click.option("--licence", help="Licence of a new set (else the first line of PATH/LICENSE).")
@click.option("--attribution", help="Who made it (else the copyright line of PATH/LICENSE).")
@click.option("--purpose", type=click.Choice([purpose.value for purpose in Purpose]), default="practice")
@click.option("--public", is_flag=True, help="Strangers may see the pictures.")
@click.option("--dry-run", is_flag=True, help="Report only; needs no settings and no database.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.pass_obj
def import_gold(
    open_app: OpenApp, form: str, path: Path, slug: str, title: str | None, title_ko: str | None,
    titles: dict[str, dict[str, str]], licence: str | None, attribution: str | None, purpose: str, public: bool,
    dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Import pictures and boxes that another tool wrote into PATH.

    Everything odd is reported by file and object; the rest goes in. Importing the same again changes nothing.
    """
    try:
        reading = READERS[form](path)
    except UnreadableSource as error:
        raise click.ClickException(str(error)) from error
    found_licence, found_attribution = _licence_beside(path)
    english = title or slug
    plan = importing.Plan(
        slug=slug,
        title={"ko": title_ko or english, "en": english},
        licence=licence if licence is not None else found_licence,
        attribution=attribution if attribution is not None else found_attribution,
        purpose=Purpose(purpose),
        public=public,
    )
    if dry_run:
        report = _look(reading)
    else:
        with open_app().app_context():
            report = _bring_in(reading, plan, titles, form)
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        _say(report, dry_run)
    if not plan.licence:
        click.echo("No licence is known: give one with --licence, so that it is shown beside each picture.", err=True)


def _look(reading: Reading) -> dict[str, Any]:
    """What an import would find; nothing is kept."""
    importable = 0
    problems = list(reading.problems)
    for prepared in _each(reading):
        importable += prepared.objects
        problems += prepared.problems
    return _report(reading, 0, problems) | {"importable": importable}


def _bring_in(
    reading: Reading, plan: importing.Plan, titles: Mapping[str, Mapping[str, str]], form: str
) -> dict[str, Any]:
    """One short transaction for each picture: others go on working, and repeating continues an import that broke."""
    imported = 0
    problems = list(reading.problems)
    with transaction():
        task_set = importing.open_set(plan, reading.labels, titles)
        if task_set.kind != "box":
            raise click.ClickException(f"The set {plan.slug} does not hold boxes; choose another name.")
    for prepared in _each(reading):
        problems += prepared.problems
        with transaction():
            task_set = _set_called(plan.slug)
            outcome = importing.bring_in(task_set, prepared, f"{form}:{prepared.item.file}", plan.public, now())
        imported += outcome.objects
        if outcome.problem:
            problems.append(outcome.problem)
    if imported:
        with transaction():
            subject, detail = f"task-set:{plan.slug}", {"objects": imported}
            audit.note("gold imported", by=None, subject=subject, detail=detail, now=now())
    return _report(reading, imported, problems)


def _each(reading: Reading) -> Iterator[Prepared]:
    with _progress() as progress, Workshop() as workshop:
        for item in progress.track(reading.items, description="Pictures"):
            yield prepare(item, workshop.open_picture)


@contextmanager
def _progress() -> Iterator[Progress]:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield progress


def _report(reading: Reading, imported: int, problems: list[Problem]) -> dict[str, Any]:
    return {
        "items": len(reading.items),
        "objects": reading.objects,
        "imported": imported,
        "problems": [problem.as_dict() for problem in problems],
    }


def _say(report: Mapping[str, Any], dry_run: bool) -> None:
    click.echo(f"Found {report['items']} pictures with {report['objects']} objects.")
    if dry_run:
        click.echo(f"{report['importable']} objects can be imported. Nothing was imported: this was a dry run.")
    else:
        click.echo(f"Imported {report['imported']} objects.")
    for problem in report["problems"]:
        about = f", object {problem['object']}" if problem["object"] is not None else ""
        click.echo(f"{problem['file']}{about}: {problem['message']}")


def _licence_beside(path: Path) -> tuple[str, str]:
    """What a LICENSE file beside the data says in its first line and of its copyright."""
    folder = path if path.is_dir() else path.parent
    for name in ("LICENSE", "LICENSE.txt", "LICENSE.md", OWN_LICENCE):
        file = folder / name
        if file.is_file() and file.stat().st_size < 1_000_000:
            lines = [line.strip(" #\t") for line in file.read_text("utf-8", "replace").splitlines()]
            lines = [line for line in lines if line]
            owner = next((line for line in lines if line.lower().startswith("copyright")), "")
            if name == OWN_LICENCE and len(lines) > 1:
                owner = lines[1]
            return (lines[0][:200] if lines else ""), owner[:200]
    return "", ""


def _set_called(slug: str) -> TaskSet:
    found = queries.task_set_named(slug)
    if found is None:
        raise click.ClickException(f"There is no task set called {slug}.")
    return found


@gold.command("export")
@click.argument("form", metavar="voc|coco", type=FORMAT)
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--set", "slug", required=True, callback=_slug, help="Name of the task set.")
@click.pass_obj
def export_gold(open_app: OpenApp, form: str, path: Path, slug: str) -> None:
    """Write the newest gold of a set to PATH, with its pictures.

    PATH is a folder that is new or empty. With coco it may also end in .json: then only that file is written.
    """
    with open_app().app_context():
        task_set = _set_called(slug)
        if task_set.kind != "box":
            raise click.ClickException(f"The set {slug} does not hold boxes; {form} can not carry it.")
        pictures = list(importing.leaving(task_set))
        if form == "coco" and path.suffix.lower() == ".json":
            _write_coco(path, task_set, pictures)
        else:
            if path.exists() and (not path.is_dir() or any(path.iterdir())):
                raise click.ClickException(f"{path} exists and is not an empty folder; choose another place.")
            _write_folder(form, path, task_set, pictures)
        objects = sum(len(picture.objects) for picture in pictures)
        with transaction():
            subject = f"task-set:{slug}"
            audit.note("gold exported", by=None, subject=subject, detail={"objects": objects}, now=now())
    click.echo(f"Wrote {len(pictures)} pictures with {objects} objects to {path}.", err=True)


def _write_coco(file: Path, task_set: TaskSet, pictures: list[importing.Leaving]) -> None:
    content = coco.write(
        [(picture.name, picture.task.media.width, picture.task.media.height, picture.objects) for picture in pictures],
        [label.name for label in task_set.label_set.labels],
        title=task_set.title.get("en", task_set.slug),
        licence=task_set.licence,
        attribution=task_set.attribution,
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, ensure_ascii=False, allow_nan=False), "utf-8")


def _write_folder(form: str, path: Path, task_set: TaskSet, pictures: list[importing.Leaving]) -> None:
    images = path / ("images" if form == "coco" else "JPEGImages")
    images.mkdir(parents=True)
    with _progress() as progress:
        for picture in progress.track(pictures, description="Pictures"):
            media = picture.task.media
            (images / picture.name).write_bytes(storage().get(media.storage_key))
            if form == "voc":
                file = path / "Annotations" / f"{Path(picture.name).stem}.xml"
                file.parent.mkdir(exist_ok=True)
                file.write_bytes(voc.write(picture.name, media.width, media.height, picture.objects))
    if form == "coco":
        _write_coco(path / "annotations.json", task_set, pictures)
    (path / OWN_LICENCE).write_text(f"{task_set.licence}\n{task_set.attribution}\n", "utf-8")
