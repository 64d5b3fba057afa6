"""`academy gold`: labels that other tools wrote, in and out. A dry run needs no settings and no database."""

import json
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from flask import Flask
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from academy import audit
from academy.annotation import queries
from academy.annotation.exchange import adding, intake, leaving
from academy.annotation.exchange.checking import source_at
from academy.annotation.exchange.unpacking import unzipped
from academy.annotation.formats.every import FORMATS
from academy.annotation.formats.found import LeavingSet, Options, Problem, UnreadableSource
from academy.annotation.formats.losses import losses_of
from academy.annotation.formats.registry import Format
from academy.annotation.formats.sinks import FolderSink, ZipSink
from academy.annotation.models import TaskSet
from academy.annotation.rules import Outside, Purpose, UploadState
from academy.clock import now
from academy.db import db, transaction
from academy.errors import Conflict
from academy.grading.shapes import KINDS
from academy.storage import storage

OpenApp = Callable[[], Flask]
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


def _form_and_path(ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, Path]:
    """[FORMAT] PATH; with one word it is the path, and the format is guessed."""
    if len(values) not in (1, 2):
        raise click.UsageError("Name one PATH, and before it the format if you know it.", ctx)
    form, written = ("", values[0]) if len(values) == 1 else values
    if form and form not in FORMATS:
        raise click.BadParameter(f"There is no format {form}; known are {', '.join(sorted(FORMATS))}.", ctx, parameter)
    path = Path(written)
    if not path.exists():
        raise click.BadParameter(f"{written} is not there.", ctx, parameter)
    return form, path


@gold.command("import")
@click.argument("source", metavar="[FORMAT] PATH", nargs=-1, required=True, callback=_form_and_path)
@click.option("--set", "slug", required=True, callback=_slug, help="Name of the task set; made if it is new.")
@click.option("--labels", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A file with the labels.")
@click.option("--text-column", default="", help="Column of a table that holds the text; several with commas.")
@click.option("--label-column", default="", help="Column of a table that holds the label.")
@click.option("--annotator", default="", help="Whose labels these are (else gold, or as the files say).")
@click.option("--kind", type=click.Choice(sorted(KINDS)), help="Take objects as this kind where there is a choice.")
@click.option("--clip/--refuse", "clip", default=True, help="Cut what reaches out of its picture, or leave it out.")
@click.option("--title", help="Title of a new set in English (else its name).")
@click.option("--title-ko", help="Title of a new set in Korean (else the English one).")
@click.option("--label", "titles", multiple=True, callback=_titles, help="NAME=KOREAN/ENGLISH; as often as needed.")
@click.option("--licence", help="Licence of a new set (else the first line of PATH/LICENSE).")
@click.option("--attribution", help="Who made it (else the copyright line of PATH/LICENSE).")
@click.option("--purpose", type=click.Choice([purpose.value for purpose in Purpose]), default="practice")
@click.option("--public", is_flag=True, help="Strangers may see the pictures.")
@click.option("--draft", is_flag=True, help="Do not release a new set yet.")
@click.option("--dry-run", is_flag=True, help="Report only; needs no settings and no database.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.pass_obj
def import_gold(
    open_app: OpenApp, source: tuple[str, Path], slug: str, labels: Path | None, text_column: str, label_column: str,
    annotator: str, kind: str | None, clip: bool, title: str | None, title_ko: str | None,
    titles: dict[str, dict[str, str]], licence: str | None, attribution: str | None, purpose: str, public: bool,
    draft: bool, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Import media and labels that another tool wrote into PATH: a folder, a file or a zip.

    Everything odd is reported by file and object; the rest goes in, all of it or nothing. Importing the same again
    changes nothing. FORMAT may be left out; what was guessed is said.
    """
    form, path = source
    options = Options(text_column, label_column, annotator, labels, kind or "")
    english = title or slug
    with unzipped(path) as (place, refused):
        found_licence, found_attribution = _licence_beside(place)
        plan = intake.Plan(
            slug=slug, title={"ko": title_ko or english, "en": english},
            licence=licence if licence is not None else found_licence,
            attribution=attribution if attribution is not None else found_attribution,
            purpose=Purpose(purpose), public=public, draft=draft, titles=titles,
        )  # fmt: skip
        report = _import(open_app, place, refused, plan, form, options, clip, dry_run)
    if report.stopped is not None:
        raise click.ClickException(report.stopped.words("en"))
    if as_json:
        click.echo(json.dumps(report.as_json(dry=dry_run), ensure_ascii=False))
    else:
        _say(report, dry_run)
    if not plan.licence:
        click.echo("No licence is known: give one with --licence, so that it is shown beside each item.", err=True)


def _import(
    open_app: OpenApp, place: Path, refused: list[Problem], plan: intake.Plan, form: str, options: Options, clip: bool,
    dry_run: bool,
) -> intake.Report:  # fmt: skip
    report = intake.Report()
    try:
        found = source_at(place, form, options, refused)
        with _progress("Items") as progress:
            if dry_run:
                intake.look(found, report, progress, clip=clip)
                return report
            with open_app().app_context():
                outside = Outside.CLIP if clip else Outside.REFUSE
                report = intake.bring_in(found, plan, outside, now(), progress)
                if report.imported:
                    _note("gold imported", plan.slug, report.imported)
    except UnreadableSource as error:
        raise click.ClickException(error.sentence.words("en")) from error
    except Conflict as error:
        raise click.ClickException(str(error)) from error
    return report


def _note(act: str, slug: str, objects: int) -> None:
    with transaction():
        audit.note(act, by=None, subject=f"task-set:{slug}", detail={"objects": objects}, now=now())


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(bar, completed=done, total=total)


def _say(report: intake.Report, dry_run: bool) -> None:
    told = report.as_json(dry=dry_run)
    guessed = " (guessed from its files)" if report.guessed else ""
    click.echo(f"Read as {report.form}{guessed}: {told['items']} items with {told['objects']} objects.")
    if dry_run:
        click.echo(f"{report.importable} objects can be imported. Nothing was imported: this was a dry run.")
    else:
        counts = ", ".join(f"{told[name]} {name}" for name in ("new", "changed", "same", "refused"))
        click.echo(f"Imported {report.imported} objects ({counts}).")
    for problem in told["problems"]:
        about = f", object {problem['object']}" if problem["object"] is not None else ""
        click.echo(f"{problem['file']}{about}: {problem['message']}")
    if report.untold:
        click.echo(f"{report.untold} more problems are not listed.")


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


# Taking back -------------------------------------------------------------------------------------------------------


@gold.command("undo")
@click.option("--set", "slug", required=True, callback=_slug, help="Name of the task set.")
@click.pass_obj
def undo_gold(open_app: OpenApp, slug: str) -> None:
    """Take back the last import into a set: its new tasks leave it, what it changed is again as it was before."""
    with open_app().app_context(), transaction():
        task_set = _set_called(slug)
        last = next((one for one in queries.uploads_of(task_set.id, 50) if one.state is UploadState.ADDED), None)
        if last is None:
            raise click.ClickException(f"The set {slug} holds no import that could be taken back.")
        last.state = UploadState.UNDOING
        db.session.flush()
        try:
            counts = adding.undo_now(last.id, None, now())
        except Conflict as error:
            raise click.ClickException(str(error)) from error
        audit.note("import undone", by=None, subject=f"task-set:{slug}", detail={"upload": last.id}, now=now())
    restored = counts["gold"] + counts["opinions"]
    click.echo(f"{counts['tasks']} tasks left the set, {restored} labels are as they were before.")


def _set_called(slug: str) -> TaskSet:
    found = queries.task_set_named(slug)
    if found is None:
        raise click.ClickException(f"There is no task set called {slug}.")
    return found


# Going out ---------------------------------------------------------------------------------------------------------


@gold.command("export")
@click.argument("form", metavar="FORMAT", type=click.Choice(sorted(FORMATS)))
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--set", "slug", required=True, callback=_slug, help="Name of the task set.")
@click.option("--dry-run", is_flag=True, help="Only say what the format can not carry.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.pass_obj
def export_gold(open_app: OpenApp, form: str, path: Path, slug: str, dry_run: bool, as_json: bool) -> None:
    """Write the newest gold of a set to PATH, with its media. What FORMAT can not carry is said before.

    PATH is a folder that is new or empty, or ends in .zip. Where FORMAT keeps a whole set in one file (.json, .csv,
    .jsonl), PATH may end like it: then only that file is written.
    """
    chosen = FORMATS[form]
    with open_app().app_context():
        task_set = _set_called(slug)
        if chosen.write is None:
            raise click.ClickException(f"{chosen.title} can be read but not written; choose another format.")
        outgoing = leaving.leaving_set(task_set)
        lost = losses_of(outgoing, chosen)
        for sentence in lost.sentences:
            click.echo(sentence.words("en"), err=True)
        if lost.nothing_left:
            raise click.ClickException(f"{chosen.title} can carry nothing of the set {slug}.")
        if not dry_run:
            _check_target(path)
            _write(chosen, path, task_set, outgoing)
            _note("gold exported", slug, lost.objects)
    if as_json:
        told: Mapping[str, Any] = {
            "format": form, "items": lost.items, "objects": lost.objects, "written": not dry_run,
            "losses": [{"ko": sentence.words("ko"), "en": sentence.words("en")} for sentence in lost.sentences],
        }  # fmt: skip
        click.echo(json.dumps(told, ensure_ascii=False))
    elif not dry_run:
        click.echo(f"Wrote {lost.items} items with {lost.objects} objects to {path}.", err=True)


def _check_target(path: Path) -> None:
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise click.ClickException(f"{path} exists and is not an empty folder; choose another place.")


def _write(form: Format, path: Path, task_set: TaskSet, outgoing: LeavingSet) -> None:
    """Into a folder beside the target first, so that nothing stands there by halves."""
    if form.write is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    licence = f"{task_set.licence}\n{task_set.attribution}\n".encode()
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as name:
        beside = Path(name)
        if path.suffix.lower() == ".zip":
            with zipfile.ZipFile(beside / "out", "w") as archive:
                form.write(outgoing, ZipSink(archive, storage().get))
                archive.writestr(OWN_LICENCE, licence)
            (beside / "out").replace(path)
        elif form.single_file and path.suffix.lower() == form.single_file:
            form.write(outgoing, FolderSink(beside))
            written = [found for found in beside.rglob(f"*{form.single_file}") if found.is_file()]
            if len(written) != 1:
                raise click.ClickException(f"The set does not fit into one file; name a folder instead of {path}.")
            written[0].replace(path)
        else:
            (beside / "out").mkdir()
            form.write(outgoing, FolderSink(beside / "out", storage().get))
            (beside / "out" / OWN_LICENCE).write_bytes(licence)
            if path.exists():
                path.rmdir()
            (beside / "out").rename(path)
