"""What practice takes from programs and tells them."""

from academy.annotation.schemas import DRAWING
from academy.api_docs import PATH, ROW, Part, key_header, shape

KEY = key_header({"type": "string", "pattern": "^[A-Za-z0-9_-]{16,64}$"})
HANDED_IN = Part("HandedIn", shape({"document": DRAWING}, closed=False))
TRIED = Part("Tried", shape({"location": PATH, "attempt": ROW}))
TRIED_AS_GUEST = Part("TriedAsGuest", shape({"location": PATH}))
