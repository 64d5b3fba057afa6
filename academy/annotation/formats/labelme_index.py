"""A table beside the labels that says which label file belongs to which picture, where the names do not tell."""

import csv
from pathlib import Path

from academy.annotation.formats.places import PICTURES, Place
from academy.uploads.rules import RefusedFile
from academy.uploads.texts import read_text

_LARGEST = 16 * 1024 * 1024


class Index:
    """Pictures by the names of their label files. Further pictures that the table names are not for labelling."""

    def __init__(self, place: Place, suffix: str) -> None:
        self._pictures: dict[str, Path] = {}
        self.aside: set[Path] = set()
        for table in place.files if place.file is None else ():
            if table.suffix.lower() == ".csv" and table.stat().st_size <= _LARGEST:
                self._add(place, table, suffix)

    def picture_of(self, labels: Path) -> Path | None:
        return self._pictures.get(labels.name)

    def _add(self, place: Place, table: Path, suffix: str) -> None:
        try:
            rows = list(csv.reader(read_text(table.read_bytes(), _LARGEST).splitlines()))[1:]
        except (RefusedFile, csv.Error, OSError):
            return
        rows = [row for row in rows if row]
        width = min(map(len, rows), default=0)
        label_columns = [at for at in range(width) if all(row[at].lower().endswith(suffix) for row in rows)]
        pictures = [at for at in range(width) if all(Path(row[at]).suffix.lower() in PICTURES for row in rows)]
        if len(label_columns) != 1 or not pictures:
            return
        for row in rows:
            found = place.find(row[pictures[0]], PICTURES)
            if found is not None:
                self._pictures[Path(row[label_columns[0]]).name] = found
            self.aside |= {path for at in pictures[1:] if (path := place.find(row[at], PICTURES)) is not None}
