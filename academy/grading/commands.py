"""`academy grade`: grade files without a server, settings or a database."""

import json
from pathlib import Path
from typing import Any

import click

from academy.grading import engine
from academy.grading.coco import grade_coco
from academy.grading.documents import RefusedDocument
from academy.grading.report import GradeReport
from academy.grading.rubric import Rubric
from academy.safe_json import RefusedJson, parse_json

LARGEST_FILE = 256 * 1024 * 1024
EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("grade")
@click.option("--kind", type=click.Choice(engine.KINDS), help="What was drawn (default: box with --format coco).")
@click.option(
    "--format", "form", type=click.Choice(["academy", "coco"]), default="academy", help="How the files are written."
)
@click.option("--gold", required=True, type=EXISTING, help="The trusted answer.")
@click.option("--answer", type=EXISTING, help="One answer, as a document.")
@click.option("--answers", type=EXISTING, help="The answers of one person to all pictures (--format coco).")
@click.option("--rubric", type=EXISTING, help="Thresholds as JSON; what it leaves out has the value of practice.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
def grade(
    kind: str | None,
    form: str,
    gold: Path,
    answer: Path | None,
    answers: Path | None,
    rubric: Path | None,
    as_json: bool,
) -> None:
    """Grade an answer against gold."""
    if form == "coco":
        if kind not in (None, "box"):
            raise click.UsageError("--format coco grades boxes; leave --kind out.")
        if answers is None or answer is not None:
            raise click.UsageError("--format coco needs --answers (and not --answer).")
    elif kind is None or answer is None or answers is not None:
        raise click.UsageError("Give --kind and --answer (--answers belongs to --format coco).")
    kind = kind or "box"
    try:
        measure = Rubric.from_dict(_read(rubric) if rubric else None, kind=kind)
        if form == "coco":
            summary = grade_coco(_read(gold), _read(answers), measure)
            click.echo(_dump(summary) if as_json else _summary_in_words(summary))
        else:
            report = engine.grade(kind, _read(gold), _read(answer), measure)
            click.echo(_dump(report.as_dict()) if as_json else _report_in_words(report))
    except RefusedDocument as error:
        raise click.ClickException(error.message) from error


def _read(path: Path | None) -> Any:
    if path is None:
        raise click.UsageError("A file is missing.")
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise click.ClickException(f"{path}: the file is larger than {LARGEST_FILE // 2**20} MB.")
        return parse_json(path.read_bytes(), max_bytes=LARGEST_FILE)
    except RefusedJson as error:
        raise click.ClickException(f"{path}: {error}") from error
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}.") from error


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _report_in_words(report: GradeReport) -> str:
    lines = [f"score {report.score:.3f} ({'passed' if report.passed else 'not passed'})"]
    lines += [f"  {name} {value:.3f}" for name, value in report.metrics.items()]
    for verdict in report.verdicts:
        errors = ", ".join(f"{edge} {error:+.1f}" for edge, error in verdict.errors.items())
        about = " ".join(
            part
            for part in (
                f"gold {verdict.gold}" if verdict.gold is not None else "",
                f"answer {verdict.answer}" if verdict.answer is not None else "",
                f"({verdict.similarity:.2f})" if verdict.gold and verdict.answer else "",
                errors,
                f"rule {verdict.rule}" if verdict.rule else "",
            )
            if part
        )
        lines.append(f"{verdict.verdict:<12}{about}")
    return "\n".join([*lines, *report.notes])


def _summary_in_words(summary: dict[str, Any]) -> str:
    lines = [f"{image['score']:.3f}  picture {image['image_id']}" for image in summary["images"]]
    total = summary["summary"]
    return "\n".join([*lines, f"{total['score']:.3f}  mean of {total['images']} pictures, {total['passed']} passed"])
