"""Reading questions. What an answerer may see has no key and no explanation in it."""

from typing import Any

from academy.questions.models import QuestionVersion
from academy.questions.rules import sides


def public_view(version: QuestionVersion) -> dict[str, Any]:
    """A question as it is asked: everything the page needs to draw it, nothing that tells the answer."""
    left, right = sides(version.options)
    return {
        "id": version.id,
        "kind": str(version.kind),
        "prompt": version.prompt,
        "options": [{"id": option["id"], "text": option["text"]} for option in left],
        "targets": [{"id": option["id"], "text": option["text"]} for option in right],
    }
