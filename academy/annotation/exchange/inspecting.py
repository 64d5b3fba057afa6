"""The check of an upload: its lines, written down in batches while it runs, and what it says at the end."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from secrets import token_hex
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import insert, select, update

from academy.annotation.exchange import checking
from academy.annotation.exchange.checking import LONGEST_NAME, Line, Source, Told, media_kind, source_at
from academy.annotation.exchange.comparing import AWAITED, compare, fixed_kind
from academy.annotation.exchange.importing import Progress, forget, forget_lines
from academy.annotation.exchange.media_bench import Kept, MediaBench
from academy.annotation.exchange.models import Upload, UploadFile
from academy.annotation.exchange.unpacking import unpacked
from academy.annotation.formats.found import FoundLabel, Options, Problem, UnreadableSource
from academy.annotation.models import Media, Task, TaskSet
from academy.annotation.rules import MediaKind, Outside, UploadState, Verdict
from academy.db import db, for_change, transaction
from academy.i18n import say
from academy.storage import storage

BATCH = 200
"""Lines that are written down together."""
_COLUMNS = [column.key for column in UploadFile.__mapper__.column_attrs if column.key != "id"]


class GivenUp(Exception):
    """The upload was thrown away while it was checked."""


def check_upload(upload_id: int, progress: Progress, *, given: Source | None = None,
                 each: Callable[[Line], None] | None = None) -> None:  # fmt: skip
    """Look at every line of what was sent, or (the command line) of a given source. Opens its own transactions.

    Done again (its worker was lost) it begins anew and gives the same.
    """
    with transaction():
        upload = db.session.scalars(for_change(select(Upload).where(Upload.id == upload_id))).one()
        if upload.state is not UploadState.CHECKING:
            return
        forget_lines(upload)
        known = _known_media(upload)
    db.session.expunge(upload)
    told = Told()
    try:
        with ExitStack() as stack:
            source = stack.enter_context(_source(upload, given))
            # Keys of its own for each check: the request that asked for it may still be deleting those of the last.
            bench = stack.enter_context(MediaBench(storage(), f"uploads/{upload.token}/{token_hex(4)}", known))
            clip = upload.outside is Outside.CLIP
            lines = checking.check(source, bench, told, clip=clip)
            _write_down(upload, lines, len(source.place.files), progress, each)
        _finish(upload, source, told)
    except UnreadableSource as error:
        _fail(upload, error)
    except GivenUp:
        forget([stored.key for stored in storage().list(f"uploads/{upload.token}/")])


@contextmanager
def _source(upload: Upload, given: Source | None) -> Iterator[Source]:
    if given is not None:
        yield given
        return
    with unpacked(upload.sources) as (root, problems):
        form = "" if upload.guessed else upload.form
        yield source_at(root, form, options_of(upload, root), problems)


def options_of(upload: Upload, root: Path) -> Options:
    """How the person wants the source to be read; a file with labels is looked for among what was sent."""
    kept: Mapping[str, Any] = upload.options
    labels = kept.get("labels") or None
    named = None
    if labels:
        named = next((found for found in sorted(root.rglob(Path(labels).name)) if found.is_file()), None)
        if named is None:
            raise UnreadableSource(say("The file with the labels, %(name)s, is not among what was sent.", name=labels))
    return Options(
        text_column=kept.get("text_column") or "", label_column=kept.get("label_column") or "",
        annotator=kept.get("annotator") or "", labels=named, kind=kept.get("kind") or "",
    )  # fmt: skip


def _known_media(upload: Upload) -> dict[str, Kept]:
    """What the set shows already under the same licence need not be kept a second time."""
    columns = Media.content_hash, Media.kind, Media.content_type, Media.width, Media.height, Media.seconds, Media.facts
    query = select(*columns).join(Task, Task.media_id == Media.id).where(
        Task.task_set_id == upload.task_set_id, Media.public == upload.public, Media.licence == upload.licence,
        Media.attribution == upload.attribution, Media.kind.in_((MediaKind.PICTURE, MediaKind.SOUND, MediaKind.CLOUD)),
    )  # fmt: skip
    return {
        digest: Kept(kind=kind.value, content_hash=digest, content_type=content_type, width=width, height=height,
                     seconds=seconds, facts=facts)
        for digest, kind, content_type, width, height, seconds, facts in db.session.execute(query)
    }  # fmt: skip


def _write_down(
    upload: Upload, lines: Iterator[Line], files: int, progress: Progress, each: Callable[[Line], None] | None
) -> None:
    batch: list[UploadFile] = []
    shown: set[str] = set()
    position = 0
    for position, line in enumerate(lines, 1):
        batch.append(_row(upload, line, position))
        if each is not None:
            each(line)
        if len(batch) == BATCH:
            _keep(upload.id, batch, shown)
            batch = []
            progress(position, max(position + 1, files))
    _keep(upload.id, batch, shown)
    progress(position, max(position + 1, files))


def _row(upload: Upload, line: Line, position: int) -> UploadFile:
    item, kept, prepared = line.item, line.kept, line.prepared
    row = UploadFile(
        upload_id=upload.id, position=position, name=line.name[:LONGEST_NAME], file=line.file[:LONGEST_NAME],
        verdict=Verdict.REFUSED if line.refused else Verdict.NEW, odd=bool(line.problems),
        problems=[problem.as_json() for problem in capped(line)], annotator=item.annotator if item else "",
        kind=prepared.kind if prepared else "", document=prepared.document if prepared and not line.refused else None,
        objects=line.objects, tags=list(item.tags) if item else [], media_kind=media_kind(line),
        parts=[{"name": name, "text": text} for name, text in item.parts] if item else [], content_hash="",
        storage_key="", content_type="", width=0, height=0, seconds=None, facts={}, derived={}, frames=[],
        task_id=None,
    )  # fmt: skip
    if kept is not None:
        row.content_hash, row.storage_key, row.content_type = kept.content_hash, kept.storage_key, kept.content_type
        row.width, row.height, row.seconds = kept.width, kept.height, kept.seconds
        row.facts, row.derived, row.frames = dict(kept.facts), dict(kept.derived), list(kept.frames)
    elif item is not None:
        row.content_hash = AWAITED + uuid5(NAMESPACE_URL, f"{upload.token}/{line.name}").hex
        row.facts = {"missing": item.missing[:LONGEST_NAME]} if item.missing else {}
    return row


def capped(line: Line) -> Sequence[Problem]:
    """What is said of one line, as far as anybody reads it."""
    if len(line.problems) <= checking.MOST_PROBLEMS:
        return line.problems
    rest = line.problems[checking.MOST_PROBLEMS :]
    lost = sum(problem.lost for problem in rest)
    more = say("%(count)s more problems of the same file are not listed here.", count=len(rest))
    return [*line.problems[: checking.MOST_PROBLEMS], Problem(line.file, None, more, lost)]


def _keep(upload_id: int, rows: list[UploadFile], shown: set[str]) -> None:
    """Write some lines down. A medium without labels that an earlier line showed is the same thing again."""
    with transaction():
        upload = db.session.scalars(for_change(select(Upload).where(Upload.id == upload_id))).one()
        if upload.state is not UploadState.CHECKING:
            raise GivenUp
        compare(upload.task_set, rows, fixed_kind(upload.task_set))
        for row in rows:
            if row.document is None and row.verdict is Verdict.NEW and row.task_id is None:
                if row.content_hash in shown and row.media_kind is not MediaKind.TEXT:
                    row.verdict = Verdict.SAME
                shown.add(row.content_hash)
        if rows:
            db.session.execute(insert(UploadFile), [{name: getattr(row, name) for name in _COLUMNS} for row in rows])


def _finish(upload: Upload, source: Source, told: Told) -> None:
    with transaction():
        found = db.session.scalars(for_change(select(Upload).where(Upload.id == upload.id))).one()
        if found.state is not UploadState.CHECKING:
            raise GivenUp
        found.form, found.guessed, found.state = source.form, source.guessed, UploadState.CHECKED
        found.labels = [as_json(label) for label in told.labels.values()]
        kind = settled_kind(found.task_set, told.kinds, str(found.options.get("kind") or ""))
        _settle_kinds(found.id, kind)


def settled_kind(task_set: TaskSet, kinds: set[str], asked: str = "") -> str:
    """The kind of the set once these are in it."""
    fixed = fixed_kind(task_set)
    if fixed:
        return fixed
    said = kinds - {""}
    if said == {"spans", "relations"}:
        return "relations"
    return said.pop() if len(said) == 1 else "mixed" if said else asked or "mixed"


def _settle_kinds(upload_id: int, kind: str) -> None:
    """Documents that say "nothing is there" are of the kind of their set."""
    unsettled = select(UploadFile.id, UploadFile.document).where(
        UploadFile.upload_id == upload_id, UploadFile.kind == "", UploadFile.document.is_not(None)
    )
    rows = [{"id": row_id, "kind": kind, "document": {**(document or {}), "kind": kind}}
            for row_id, document in db.session.execute(unsettled)]  # fmt: skip
    if rows:
        db.session.execute(update(UploadFile), rows)


def as_json(label: FoundLabel) -> dict[str, Any]:
    kept = asdict(label)
    return {**kept, "skeleton": dict(label.skeleton), "attributes": [dict(one) for one in label.attributes]}


def label_from(kept: Mapping[str, Any]) -> FoundLabel:
    return FoundLabel(**{**kept, "attributes": tuple(kept["attributes"])})


def _fail(upload: Upload, error: UnreadableSource) -> None:
    """Nothing could be read, or no further: nothing of it is offered."""
    with transaction():
        found = db.session.scalars(for_change(select(Upload).where(Upload.id == upload.id))).one()
        if found.state is UploadState.CHECKING:
            forget_lines(found)
            found.problem, found.state = error.sentence.as_json(), UploadState.CHECKED
