"""COCO files as grading documents. Pure: parsed JSON in, documents out; what is wrong is refused by name."""

from collections.abc import Mapping
from typing import Any

from academy.grading.boxes import Tally
from academy.grading.documents import RefusedDocument
from academy.grading.engine import grade
from academy.grading.rubric import Rubric

Documents = dict[Any, dict[str, Any]]


def grade_coco(gold: Any, answers: Any, rubric: Rubric) -> dict[str, Any]:
    """Grade every picture of the gold, also those without answers, and all of them together."""
    golds = gold_documents(gold)
    drawn = answer_documents(gold, answers)
    images, tallies, passed = [], [], 0
    for image_id, document in golds.items():
        try:
            report = grade("box", document, drawn[image_id], rubric)
        except RefusedDocument as error:
            raise RefusedDocument(f"Picture {image_id}: {error.message}", error.object_id, error.reason) from error
        metrics = dict(report.metrics)
        tallies.append(Tally(metrics["tp"], metrics["fp"], metrics["fn"], metrics["sq"] * metrics["tp"]))
        passed += report.passed
        images.append({"image_id": image_id, "score": report.score, "passed": report.passed, "metrics": metrics})
    together = Tally(*(sum(column) for column in zip(*tallies, strict=True))).metrics() if tallies else {}
    mean = sum(image["score"] for image in images) / len(images) if images else 1.0
    return {"images": images, "summary": {"images": len(images), "passed": passed, "score": mean, "metrics": together}}


def gold_documents(gold: Any) -> Documents:
    """A document for each picture of a COCO file, in the order of the file."""
    documents: Documents = {}
    for image in _records(gold, "images"):
        image_id = _required(image, "id", "A picture")
        if image_id in documents:
            raise RefusedDocument(f"Two pictures have the id {image_id}.", str(image_id), "id")
        documents[image_id] = {"kind": "box", "image": _size(image), "objects": []}
    labels = category_labels(gold)
    for position, annotation in enumerate(_records(gold, "annotations"), 1):
        item = _object(annotation, position, labels)
        item["crowd"] = bool(annotation.get("iscrowd", 0))
        item["ignore"] = bool(annotation.get("ignore", 0))
        _picture_of(annotation, position, documents)["objects"].append(item)
    return documents


def answer_documents(gold: Any, answers: Any) -> Documents:
    """What one person drew, by the pictures of the gold: a COCO results list, or a COCO file of their own."""
    documents: Documents = {
        image_id: {"kind": "box", "image": document["image"], "objects": []}
        for image_id, document in gold_documents(gold).items()
    }
    labels, own_pictures = category_labels(gold), None
    if isinstance(answers, Mapping):
        labels = category_labels(answers) if answers.get("categories") else labels
        own_pictures = _same_pictures(gold, answers)
        answers = _records(answers, "annotations")
    if not isinstance(answers, list):
        raise RefusedDocument("The answers must be a list of COCO results or a COCO file.")
    for position, annotation in enumerate(answers, 1):
        if not isinstance(annotation, Mapping):
            raise RefusedDocument(f"Answer {position} must be a JSON object with braces.", str(position))
        item = _object(annotation, position, labels)
        _picture_of(annotation, position, documents, own_pictures)["objects"].append(item)
    return documents


def category_labels(coco: Any) -> dict[Any, str]:
    """The label of each category id; categories that share a name are told apart by their number."""
    names: dict[Any, str] = {}
    for category in _records(coco, "categories"):
        names[_required(category, "id", "A category")] = str(_required(category, "name", "A category"))
    listed = list(names.values())
    return {key: name if listed.count(name) == 1 else f"{name} ({key})" for key, name in names.items()}


def _object(annotation: Mapping[str, Any], position: int, labels: Mapping[Any, str]) -> dict[str, Any]:
    name = annotation.get("id", position)
    category = annotation.get("category_id")
    if not isinstance(category, int | str) or category not in labels:
        raise RefusedDocument(
            f'Object "{name}" has the category {category!r}, which the file does not list.', str(name), "label"
        )
    if "bbox" not in annotation:
        raise RefusedDocument(f'Object "{name}" has no "bbox".', str(name), "shape")
    return {"id": name, "label": labels[category], "box": annotation["bbox"]}


def _picture_of(
    annotation: Mapping[str, Any], position: int, documents: Documents, renamed: Mapping[Any, Any] | None = None
) -> dict[str, Any]:
    image_id = annotation.get("image_id")
    if not isinstance(image_id, int | str):
        image_id = None
    elif renamed is not None:
        image_id = renamed.get(image_id, image_id)
    if image_id not in documents:
        name = annotation.get("id", position)
        raise RefusedDocument(
            f'Object "{name}" belongs to picture {annotation.get("image_id")!r}, which the gold does not list.',
            str(name),
            "image",
        )
    return documents[image_id]


def _same_pictures(gold: Any, answers: Mapping[str, Any]) -> dict[Any, Any]:
    """Pictures of the answers by the ids of the gold: tools number pictures anew, so the file name decides."""
    ids = {image.get("file_name"): image["id"] for image in _records(gold, "images") if image.get("file_name")}
    own = _records(answers, "images") if answers.get("images") else []
    return {_required(image, "id", "A picture"): ids.get(image.get("file_name"), image["id"]) for image in own}


def _records(coco: Any, name: str) -> list[Mapping[str, Any]]:
    records = coco.get(name) if isinstance(coco, Mapping) else None
    if not isinstance(records, list) or not all(isinstance(record, Mapping) for record in records):
        raise RefusedDocument(f'A COCO file needs a list of "{name}".', name, "shape")
    return records


def _required(record: Mapping[str, Any], name: str, what: str) -> Any:
    value = record.get(name)
    if not isinstance(value, int | str) or isinstance(value, bool):
        raise RefusedDocument(f'{what} has no "{name}".', None, "id")
    return value


def _size(image: Mapping[str, Any]) -> dict[str, Any] | None:
    if image.get("width") is None or image.get("height") is None:
        return None
    return {"width": image["width"], "height": image["height"]}
