"""What paid work takes from programs and tells them."""

from academy.annotation.schemas import DRAWING
from academy.api_docs import PATH, YES_OR_NO, Part, key_header, shape

LONGEST_KEY = 100

KEY = key_header({"type": "string", "minLength": 8, "maxLength": LONGEST_KEY})
HANDED_IN = Part("HandedInWork", shape({"document": DRAWING}, {"take_next": YES_OR_NO}, closed=False))
KEPT = Part(
    "KeptWork", shape({"saved": {"const": True}, "number": {"type": "integer", "minimum": 1}, "location": PATH})
)
