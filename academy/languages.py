"""The message catalogues: sentences of the code, their Korean, and what the running program reads.

    python -m academy.languages extract   bring new sentences into the catalogues
    python -m academy.languages check     say what is missing, fuzzy, obsolete or has lost a placeholder
    python -m academy.languages compile   write the .mo files (git ignores them, the wheel contains them)

English sentences are the message ids, so only Korean has a catalogue.
"""

import re
import sys
from configparser import ConfigParser
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path(__file__).resolve().parent / "translations"
LANGUAGES = ("ko",)
KEYWORDS = {
    **dict.fromkeys(("_", "_l", "N_", "say", "said", "gettext", "lazy_gettext")),
    **dict.fromkeys(("ngettext", "lazy_ngettext"), (1, 2)),
}
NAMED = re.compile(r"(?:%\(|\{)(\w+)(?:\)[sd]|\})")
"""`%(name)s` is filled by the program, `{name}` by a script in the page."""


def catalogue_path(language: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / "messages.po"


def sentences() -> Catalog:
    """Every marked sentence of the checkout, with the files it stands in."""
    found = Catalog(project="Labeler Academy", fuzzy=False, charset="utf-8")
    methods, options = _mapping()
    for folder in ("academy", "courses", "exams", "templates"):
        for name, _line, message, comments, context in extract_from_dir(
            ROOT / folder,
            method_map=[(pattern.partition("/")[2], method) for method, pattern in methods if _top(pattern) == folder],
            options_map={pattern.partition("/")[2]: chosen for pattern, chosen in options.items()},
            keywords=KEYWORDS,
            comment_tags=("Translators:",),
            strip_comment_tags=True,
        ):
            found.add(message, locations=[(f"{folder}/{name}", 0)], auto_comments=comments, context=context)
    return found


def _top(pattern: str) -> str:
    return pattern.partition("/")[0]


def _mapping() -> tuple[list[tuple[str, str]], dict[str, dict[str, str]]]:
    config = ConfigParser()
    config.read(ROOT / "babel.cfg", encoding="utf-8")
    methods, options = [], {}
    for section in config.sections():
        method, _, pattern = section.partition(":")
        methods.append((method.strip(), pattern.strip()))
        options[pattern.strip()] = dict(config[section])
    return methods, options


def read(language: str) -> Catalog:
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language, fuzzy=False, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def extract() -> None:
    """Update every catalogue: new sentences wait for words, sentences nobody says any more are dropped."""
    template = sentences()
    for language in LANGUAGES:
        catalogue = read(language)
        template.creation_date = catalogue.creation_date  # so that nothing changes when no sentence has
        catalogue.update(template, no_fuzzy_matching=True, update_header_comment=False)
        catalogue.obsolete.clear()
        path = catalogue_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalogue, width=120, include_lineno=False, sort_by_file=True, omit_header=False)


def problems(language: str) -> list[str]:
    """What keeps `language` from being complete, one sentence each."""
    catalogue, wanted = read(language), sentences()
    found = []
    for message in wanted:
        if not message.id:
            continue
        held = catalogue.get(message.id, message.context)
        if held is None or not all(_words(held)):
            found.append(f"missing: {message.id!r}")
        elif held.fuzzy:
            found.append(f"fuzzy: {message.id!r}")
        elif lost := _lost_placeholders(held):
            found.append(f"placeholders {', '.join(sorted(lost))} differ: {message.id!r}")
    for message in catalogue:
        if message.id and wanted.get(message.id, message.context) is None:
            found.append(f"said nowhere: {message.id!r}")
    return found + [f"obsolete: {message.id!r}" for message in catalogue.obsolete.values()]


def _words(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if isinstance(message.string, list | tuple) else (str(message.string),)


def _lost_placeholders(message: Message) -> set[str]:
    ids = message.id if isinstance(message.id, list | tuple) else (message.id,)
    meant = set(NAMED.findall(ids[-1]))
    return set().union(*(meant ^ set(NAMED.findall(words)) for words in _words(message)))


def compile_all() -> None:
    for language in LANGUAGES:
        path = catalogue_path(language)
        if path.exists():
            with path.with_suffix(".mo").open("wb") as file:
                write_mo(file, read(language))


def main(arguments: list[str]) -> int:
    act = arguments[0] if arguments else "check"
    if act == "extract":
        extract()
    elif act == "compile":
        compile_all()
    elif act == "check":
        found = [f"{language}: {problem}" for language in LANGUAGES for problem in problems(language)]
        print("\n".join(found) or "Every sentence has its words.")
        return 1 if found else 0
    else:
        print(__doc__)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
