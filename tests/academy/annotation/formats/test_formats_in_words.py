"""docs/gold.md says what each format carries, and it says the truth."""

from pathlib import Path

from academy.annotation.formats.every import FORMATS
from academy.annotation.formats.registry import Format
from academy.grading.shapes import SHAPES

PAGE = Path(__file__).resolve().parents[4] / "docs" / "gold.md"
MEDIA = ("picture", "text", "sound", "video", "cloud")


def row(form: Format) -> str:
    """The line of the table about one format."""
    carries = form.carries
    names = {shape: shape.replace("_", " ") for shape in SHAPES}
    shapes = ", ".join(names[shape] for shape in SHAPES if shape in carries.shapes)
    answers = ", ".join(field for field in sorted(carries.fields - {"rule", "verdict", "defects"}))
    media = ", ".join(kind for kind in MEDIA if kind in carries.media)
    also = ", ".join(
        words
        for words, has in (
            ("flags", carries.flags >= {"crowd", "ignore", "optional"}),
            ("attributes", carries.attributes),
            ("ids", carries.ids),
            ("holes", carries.holes),
            ("several parts", carries.rings),
            ("several annotators", carries.opinions),
            ("items without gold", carries.bare_items),
            ("media still awaited", "awaited" in carries.media),
        )
        if has
    )
    only = "" if form.write else " (read only)"
    return f"| `{form.token}`{only} | {form.title} | {shapes or '-'} | {answers or '-'} | {media} | {also or '-'} |"


def test_the_table_of_formats_is_what_the_formats_say_of_themselves():
    page = PAGE.read_text(encoding="utf-8").partition("## The formats")[2]
    told = [line for line in page.splitlines() if line.startswith("| `")]
    assert told == [row(FORMATS[token]) for token in sorted(FORMATS)]
