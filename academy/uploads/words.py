"""Why a file was not taken, put into a sentence that says what to do."""

from collections.abc import Mapping
from typing import Any

from academy.i18n import Sentence, say
from academy.uploads.rules import Refusal, RefusedFile

SENTENCES: dict[Refusal, Sentence] = {
    Refusal.EMPTY: say("This file is empty."),
    Refusal.TOO_LARGE: say("This file is larger than %(most)s MB. Make it smaller first."),
    Refusal.NOT_A_PICTURE: say("This is not a PNG, JPEG or WebP picture."),
    Refusal.TOO_MANY_PIXELS: say("The picture has %(width)s x %(height)s pixels; at most 40 million fit."),
    Refusal.TOO_LONG_A_SIDE: say("The picture has %(width)s x %(height)s pixels; a side may have at most %(most)s."),
    Refusal.DAMAGED: say("The picture is damaged and can not be opened. Save it again in a picture program."),
    Refusal.TOO_SLOW: say("Opening this file took too long. Save it again in another program."),
    Refusal.TOO_HUNGRY: say("Opening this file needs more memory than it should. Save it again in another program."),
    Refusal.NOT_A_ZIP: say("This zip file is damaged or is no zip file. Pack it again."),
    Refusal.TOO_MANY_FILES: say("The zip file holds more than %(most)s files. Pack several smaller ones."),
    Refusal.OVERLAPPING: say("The zip file holds the same bytes twice, which no honest one does. Pack it again."),
    Refusal.UNPACKS_TOO_LARGE: say("Unpacked, this would be far larger than a picture is. It was not unpacked."),
    Refusal.BAD_NAME: say("The name of this file leads elsewhere or can not be read. Rename it."),
    Refusal.SAME_NAME: say("Another file in here has the same name. Rename one of them."),
    Refusal.ENCRYPTED: say("This file is locked with a password. Pack it without one."),
    Refusal.A_LINK: say("This is a link to another file and not a picture."),
    Refusal.ODD_COMPRESSION: say("This file is packed in an unusual way. Pack it as a plain zip."),
    Refusal.NOT_TEXT: say("This is not text that we can read. Save it as UTF-8."),
    Refusal.NAME_IN_USE: say("The set holds another picture under this name. Rename yours."),
    Refusal.NOT_A_SOUND: say("This is not a WAV, FLAC or MP3 sound."),
    Refusal.DAMAGED_SOUND: say("The sound is damaged and can not be opened. Save it again in a sound program."),
    Refusal.TOO_LONG_A_SOUND: say("The sound is longer than %(most)s hours. Cut it into parts."),
    Refusal.TOO_MANY_CHANNELS: say("The sound has %(channels)s channels; at most %(most)s fit."),
    Refusal.ODD_RATE: say("The sound has %(rate)s samples per second; between %(least)s and %(most)s can be kept."),
    Refusal.NOT_A_CLOUD: say("This is not a point cloud in PCD, PLY or KITTI's BIN form."),
    Refusal.DAMAGED_CLOUD: say("The point cloud is damaged: what its header promises is not there. Export it again."),
    Refusal.NO_POINTS: say("The point cloud holds no point whose place is known."),
    Refusal.TOO_MANY_POINTS: say("The point cloud has %(points)s points; at most %(most)s fit. Thin it out first."),
    Refusal.FRAMES_DIFFER: say(
        "The frame %(frame)s has %(width)s x %(height)s pixels, but the first one has %(first)s. All must be alike."
    ),
    Refusal.TOO_MANY_FRAMES: say("The video has more than %(most)s frames. Cut it into parts."),
    Refusal.NO_FRAMES: say("There is no picture among the frames of this video."),
}


def refusal_words(why: Refusal, facts: Mapping[str, Any]) -> str:
    """The sentence, in the language of the page; in English outside of any page."""
    return str(Sentence(SENTENCES[why].msgid, dict(facts)))


def said(error: RefusedFile) -> str:
    return refusal_words(error.why, error.facts)


def sentence_of(error: RefusedFile) -> Sentence:
    """The same, to be kept and said later."""
    return Sentence(SENTENCES[error.why].msgid, dict(error.facts))
