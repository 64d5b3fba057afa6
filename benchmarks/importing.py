"""A COCO file of many boxes through the real command line into a new set: how long, how much memory, against a floor.

The floor is Python's own json.load of the same file, in a process of its own. Pictures are real files (small ones, so
that the importer is measured and not the decoder), or with --awaited none at all.

    python -m benchmarks.importing [--boxes 100000] [--pictures 2000] [--awaited] [--dry-run]
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

WIDTH, HEIGHT = 640, 480


class Run(NamedTuple):
    """One process: seconds by the wall, megabytes at its highest, and what it printed."""

    seconds: float
    megabytes: float
    out: str


def make(root: Path, boxes: int, pictures: int, awaited: bool) -> Path:
    """A set of `boxes` on `pictures`; each picture differs, as equal ones would be kept once."""
    dice = random.Random(4)
    images, annotations = [], []
    if not awaited:
        (root / "images").mkdir()
    for number in range(1, pictures + 1):
        name = f"{number:06d}.png"
        images.append({"id": number, "file_name": name, "width": WIDTH, "height": HEIGHT})
        if not awaited:
            Image.new("RGB", (WIDTH, HEIGHT), (number % 256, number // 256 % 256, 9)).save(root / "images" / name)
    for number in range(1, boxes + 1):
        width, height = dice.uniform(5, 80), dice.uniform(5, 80)
        left, top = dice.uniform(0, WIDTH - width), dice.uniform(0, HEIGHT - height)
        annotations.append({
            "id": number, "image_id": number % pictures + 1, "category_id": number % 10 + 1,
            "bbox": [left, top, width, height], "area": width * height, "segmentation": [], "iscrowd": 0,
        })  # fmt: skip
    categories = [{"id": number, "name": f"class {number}", "supercategory": ""} for number in range(1, 11)]
    content = {"images": images, "annotations": annotations, "categories": categories}
    file = root / "annotations.json"
    file.write_text(json.dumps(content))
    return file


def run(*command: str, **more: str) -> Run:
    """A process with its children, measured by the system."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, *command], capture_output=True, text=True, env={**os.environ, **more}
    )
    seconds = time.perf_counter() - began
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    out, _, peak = done.stdout.rpartition("\n#peak ")
    return Run(seconds, float(peak) / 1024, out)


_MEASURED = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:])
print("\\n#peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(done.returncode)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boxes", type=int, default=100_000)
    parser.add_argument("--pictures", type=int, default=2_000)
    parser.add_argument("--awaited", action="store_true", help="labels only")
    parser.add_argument("--dry-run", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "set"
        root.mkdir()
        file = make(root, chosen.boxes, chosen.pictures, chosen.awaited)
        floor = run(sys.executable, "-c", "import json, sys; json.load(open(sys.argv[1]))", str(file))
        settings = {"ACADEMY_DATA": str(Path(name) / "data")}
        if not chosen.dry_run:
            run(sys.executable, "-m", "academy.cli", "db", "upgrade", **settings)
        words = [sys.executable, "-m", "academy.cli", "gold", "import", "coco", str(root), "--set", "many", "--json"]
        found = run(*words, *(["--dry-run"] if chosen.dry_run else []), **settings)
        report: dict[str, Any] = json.loads(found.out)
    count = report["importable" if chosen.dry_run else "imported"]
    print(f"{file.name}: {chosen.boxes:,} boxes on {chosen.pictures:,} pictures")
    print(f"  json.load     {floor.seconds:7.2f} s  {floor.megabytes:6.0f} MB")
    print(f"  gold import   {found.seconds:7.2f} s  {found.megabytes:6.0f} MB  {count:,} boxes, ratio "
          f"{found.seconds / floor.seconds:.1f}")  # fmt: skip


if __name__ == "__main__":
    main()
