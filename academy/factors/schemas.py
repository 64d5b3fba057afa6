"""What passkeys take from the browser's script and tell it."""

from academy.api_docs import PATH, Part, shape
from academy.factors.passkeys import Purpose

_QUESTION = {"type": "object", "description": "What the browser hands to its passkeys (WebAuthn), as JSON."}
_CREDENTIAL = {"type": "object", "description": "What the browser's passkey answered (WebAuthn), as JSON."}
_ASKED = {"enum": [Purpose.SIGN_IN.value, Purpose.SECOND_STEP.value, Purpose.CONFIRM.value]}

QUESTION = Part("PasskeyQuestion", _QUESTION)
ASKING = Part("PasskeyAsked", shape({"purpose": _ASKED}, closed=False))
ANSWER = Part("PasskeyAnswer", shape({"purpose": _ASKED, "credential": _CREDENTIAL}, {"next": PATH}, closed=False))
NEW_PASSKEY = Part("NewPasskey", shape({"credential": _CREDENTIAL}, closed=False))
ON = Part("WhereNext", shape({"next": PATH}))
