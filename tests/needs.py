"""What a test needs from the machine. Missing: a counted skip; an error where ACADEMY_REQUIRE_ALL is set."""

import os
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

REQUIRE_ALL = os.environ.get("ACADEMY_REQUIRE_ALL") == "1"


def missing(what: str) -> None:
    """Skip this test, loudly; where everything is required, fail it."""
    if REQUIRE_ALL:
        pytest.fail(f"MISSING: {what}", pytrace=False)
    pytest.skip(f"MISSING: {what}")


def report_missing(reporter: Any) -> None:
    """At the end of a run: how many tests did not run, and for want of what."""
    reasons = [str(skipped.longrepr) for skipped in reporter.stats.get("skipped", ())]
    counted = Counter(match.group(1) for reason in reasons if (match := re.search(r"MISSING: ([^'\"\\]+)", reason)))
    if counted:
        reporter.write_sep("!", f"{counted.total()} tests DID NOT RUN: something is missing here", red=True, bold=True)
        for what, count in counted.most_common():
            reporter.write_line(f"{count:5} for want of {what}", red=True)


def samples(name: str) -> Path:
    """The folder of one real data set (see ACADEMY_SAMPLES)."""
    root = Path(__file__).resolve().parents[1]
    folder = Path(os.environ.get("ACADEMY_SAMPLES", root.parent / "shared" / "data")) / name
    if not folder.is_dir():
        missing(f"sample data {name} (set ACADEMY_SAMPLES)")
    return folder


def chromium() -> str:
    """The path of a Chromium that Playwright can drive."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = os.environ.get("ACADEMY_CHROMIUM") or next((path for name in names if (path := shutil.which(name))), None)
    if not found:
        missing("Chromium (install it, or set ACADEMY_CHROMIUM)")
    assert found
    return found
