"""What the saving of answers takes from programs and tells them."""

from academy.api_docs import COUNT, YES_OR_NO, Part, shape
from exams.sittings.rules import ANSWERS_IN_ONE_REQUEST

_CLIENT = {"type": "string", "pattern": "^[A-Za-z0-9-]{8,64}$"}
_GIVEN = {
    "type": "object",
    "description": "What is answered: a choice, an order, pairs, a number, a text or a drawing.",
}

ANSWER = Part("Answer", shape({"item": COUNT, "seq": COUNT, "base_rev": COUNT, "answer": _GIVEN}, closed=False))
SAVE = Part(
    "Save",
    shape(
        {"client": _CLIENT, "answers": {"type": "array", "items": ANSWER, "maxItems": ANSWERS_IN_ONE_REQUEST}},
        {"device": _CLIENT, "hello": YES_OR_NO},
        closed=False,
    ),
)
OUTCOME = Part(
    "Outcome",
    {
        "anyOf": [
            shape({"item": COUNT, "rev": COUNT}),
            shape({"item": COUNT, "conflict": {"const": True}, "rev": COUNT, "answer": {"type": ["object", "null"]}}),
            shape({"item": COUNT, "late": {"const": True}}),
            shape({"item": COUNT, "refused": {"type": "string"}}),
        ]
    },
)
SAVED = Part(
    "Saved",
    shape(
        {
            "saved": YES_OR_NO,
            "answers": {"type": "array", "items": OUTCOME},
            "seconds_left": COUNT,
            "elsewhere": YES_OR_NO,
        }
    ),
)
