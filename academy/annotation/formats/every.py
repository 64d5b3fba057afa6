"""Every format we read and write, in the order in which a source is held against their looks: particular ones first."""

from collections.abc import Mapping

from academy.annotation.formats import (
    bio,
    coco,
    conll,
    csv,
    cvat,
    datumaro,
    folders,
    icdar,
    jsonl,
    kitti,
    labelme,
    labelstudio,
    mot,
    supervisely,
    voc,
    yolo,
)
from academy.annotation.formats.places import Place
from academy.annotation.formats.registry import Format

_FORMS: tuple[Format, ...] = (
    cvat.FORM,
    labelstudio.FORM,
    coco.FORM,
    datumaro.FORM,
    labelme.FORM,
    voc.FORM,
    yolo.FORM,
    kitti.FORM,
    mot.FORM,
    icdar.FORM,
    supervisely.FORM,
    bio.FORM,
    conll.FORM,
    jsonl.FORM,
    csv.FORM,
    folders.FORM,
)

FORMATS: Mapping[str, Format] = {form.token: form for form in _FORMS}


def guess(place: Place) -> Format | None:
    """The first format whose look the source has."""
    return next((form for form in _FORMS if form.fits(place)), None)
