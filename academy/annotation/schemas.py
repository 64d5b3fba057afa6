"""What a drawing looks like to programs: the same document in practice, exam and work."""

from academy.api_docs import Part, shape
from academy.grading.documents import FARTHEST, LONGEST_NAME, MOST_OBJECTS

_SIDE = {"type": "number", "minimum": 1, "maximum": FARTHEST}
_NAME = {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}

IMAGE = Part("Image", shape({"width": _SIDE, "height": _SIDE}, closed=False))
BOX = Part(
    "Box",
    shape(
        {
            "label": _NAME,
            "box": {
                "type": "array",
                "description": "Left, top, width and height, in pixels of the original picture.",
                "items": {"type": "number"},
                "minItems": 4,
                "maxItems": 4,
            },
        },
        {"id": {"anyOf": [_NAME, {"type": "integer"}]}},
        closed=False,
    ),
)
BOXES = Part(
    "Boxes",
    shape(
        {"kind": {"const": "box"}, "objects": {"type": "array", "items": BOX, "maxItems": MOST_OBJECTS}},
        {"image": IMAGE},
        closed=False,
    ),
)
CHOICE = Part(
    "Choice",
    shape(
        {"kind": {"const": "classification"}, "choice": {"anyOf": [_NAME, {"type": "null"}]}},
        {"image": IMAGE},
        closed=False,
    ),
)
DRAWING = Part("Drawing", {"anyOf": [BOXES, CHOICE]})
"""Which of them a picture asks for, its task set says."""
