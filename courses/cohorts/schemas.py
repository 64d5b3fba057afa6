"""What a class tells programs."""

from academy.api_docs import Part, shape

DIGITS = Part(
    "Digits",
    shape(
        {
            "digits": {"anyOf": [{"type": "string", "pattern": "^[0-9]{6}$"}, {"type": "null"}]},
            "seconds_left": {"type": "integer", "minimum": 0},
        }
    ),
)
