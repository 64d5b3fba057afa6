"""Why a file was not taken, put into a sentence that says what to do."""

from collections.abc import Mapping
from typing import Any

from academy.i18n import _l
from academy.uploads.rules import Refusal, RefusedFile

SENTENCES: dict[Refusal, Any] = {
    Refusal.EMPTY: _l("This file is empty."),
    Refusal.TOO_LARGE: _l("This file is larger than %(most)s MB. Make it smaller first."),
    Refusal.NOT_A_PICTURE: _l("This is not a PNG, JPEG or WebP picture."),
    Refusal.TOO_MANY_PIXELS: _l("The picture has %(width)s x %(height)s pixels; at most 40 million fit."),
    Refusal.TOO_LONG_A_SIDE: _l("The picture has %(width)s x %(height)s pixels; a side may have at most %(most)s."),
    Refusal.DAMAGED: _l("The picture is damaged and can not be opened. Save it again in a picture program."),
    Refusal.TOO_SLOW: _l("Opening this picture took too long. Save it again in a picture program."),
    Refusal.TOO_HUNGRY: _l("Opening this picture needs more memory than a picture should. Save it again."),
    Refusal.NOT_A_ZIP: _l("This zip file is damaged or is no zip file. Pack it again."),
    Refusal.TOO_MANY_FILES: _l("The zip file holds more than %(most)s files. Pack several smaller ones."),
    Refusal.OVERLAPPING: _l("The zip file holds the same bytes twice, which no honest one does. Pack it again."),
    Refusal.UNPACKS_TOO_LARGE: _l("Unpacked, this would be far larger than a picture is. It was not unpacked."),
    Refusal.BAD_NAME: _l("The name of this file leads elsewhere or can not be read. Rename it."),
    Refusal.SAME_NAME: _l("Another file in here has the same name. Rename one of them."),
    Refusal.ENCRYPTED: _l("This file is locked with a password. Pack it without one."),
    Refusal.A_LINK: _l("This is a link to another file and not a picture."),
    Refusal.ODD_COMPRESSION: _l("This file is packed in an unusual way. Pack it as a plain zip."),
    Refusal.NOT_TEXT: _l("This is not text that we can read. Save it as UTF-8."),
    Refusal.NAME_IN_USE: _l("The set holds another picture under this name. Rename yours."),
}


def refusal_words(why: Refusal, facts: Mapping[str, Any]) -> str:
    """The sentence, in the language of the page; in English outside of any page."""
    told = str(SENTENCES[why])
    return told % dict(facts) if facts else told


def said(error: RefusedFile) -> str:
    return refusal_words(error.why, error.facts)
