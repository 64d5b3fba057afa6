"""The list of OWASP's requirements is complete, and what it names exists."""

import csv
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / "docs" / "security" / "asvs.csv"

# How many requirements of ASVS 5.0.0 are in each section, and those of them that are of level 3 only.
SECTIONS = {
    "1.1": 2, "1.2": 10, "1.3": 12, "1.4": 3, "1.5": 3, "2.1": 3, "2.2": 3, "2.3": 5, "2.4": 2, "3.1": 1, "3.2": 3,
    "3.3": 5, "3.4": 8, "3.5": 8, "3.6": 1, "3.7": 5, "4.1": 5, "4.2": 5, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 6,
    "5.3": 3, "5.4": 3, "6.1": 3, "6.2": 12, "6.3": 8, "6.4": 6, "6.5": 8, "6.6": 4, "6.7": 2, "6.8": 4, "7.1": 3,
    "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 3, "7.6": 2, "8.1": 4, "8.2": 4, "8.3": 3, "8.4": 2, "9.1": 3, "9.2": 4,
    "10.1": 2, "10.2": 3, "10.3": 5, "10.4": 16, "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 4, "11.2": 5, "11.3": 5,
    "11.4": 4, "11.5": 2, "11.6": 2, "11.7": 2, "12.1": 5, "12.2": 2, "12.3": 5, "13.1": 4, "13.2": 6, "13.3": 4,
    "13.4": 7, "14.1": 2, "14.2": 8, "14.3": 3, "15.1": 5, "15.2": 5, "15.3": 7, "15.4": 4, "16.1": 1, "16.2": 5,
    "16.3": 4, "16.4": 3, "16.5": 4, "17.1": 2, "17.2": 8, "17.3": 2,
}  # fmt: skip
_LEVEL_3 = """
1.2.10 1.3.12 1.5.3 2.3.5 2.4.2 3.1.1 3.2.3 3.3.5 3.4.7 3.4.8 3.5.6 3.5.7 3.5.8 3.6.1 3.7.3 3.7.4 3.7.5 4.1.4
4.1.5 4.2.2 4.2.3 4.2.4 4.2.5 5.2.4 5.2.5 5.2.6 5.3.3 6.3.5 6.3.6 6.3.7 6.3.8 6.4.5 6.4.6 6.5.6 6.5.7 6.5.8
6.6.4 6.7.1 6.7.2 7.5.3 8.1.3 8.1.4 8.2.4 8.3.2 8.3.3 8.4.2 10.2.3 10.3.5 10.4.12 10.4.13 10.4.14 10.4.15
10.4.16 11.1.3 11.1.4 11.2.4 11.2.5 11.3.4 11.3.5 11.5.2 11.6.2 11.7.1 11.7.2 12.1.4 12.1.5 12.3.5 13.1.2 13.1.3
13.1.4 13.2.6 13.3.3 13.3.4 13.4.6 13.4.7 14.2.5 14.2.6 14.2.7 14.2.8 15.1.4 15.1.5 15.2.4 15.2.5 15.4.1 15.4.2
15.4.3 15.4.4 16.5.4 17.1.2 17.2.5 17.2.6 17.2.7 17.2.8
"""
LEVEL_3 = set(_LEVEL_3.split())
LEVEL_1 = 70


def rows() -> list[dict[str, str]]:
    with LIST.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_requirement_of_levels_one_and_two_is_there_once():
    everything = [f"{section}.{number}" for section, count in SECTIONS.items() for number in range(1, count + 1)]
    assert len(everything) == 345
    wanted = [f"V{number}" for number in everything if number not in LEVEL_3]
    assert [row["requirement"] for row in rows()] == wanted
    levels = [row["level"] for row in rows()]
    assert (levels.count("1"), levels.count("2")) == (LEVEL_1, 183)


def test_every_row_says_whether_and_how():
    for row in rows():
        assert row["met"] in {"yes", "partly", "operator", "no"}, row
        assert row["asks"], row
        assert len(row["how"]) > 2, row
        if row["met"] != "no":
            assert row["where"] or row["tests"], row
        if row["met"] == "operator":
            assert "docs/security/" in row["where"], row


def test_what_is_met_by_code_is_held_by_a_test_or_written_on_a_page():
    for row in rows():
        if row["met"] in {"yes", "partly"} and not row["tests"]:
            assert "docs/" in row["where"] or row["requirement"] in {"V3.7.1", "V6.2.10", "V16.2.3"}, row


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["requirement"])
def test_every_test_and_place_that_is_named_exists(row):
    for place in row["where"].split():
        assert (ROOT / place).exists(), place
    for named in row["tests"].split():
        path, _, test = named.partition("::")
        assert (ROOT / path).is_file(), named
        if test:
            assert re.search(rf"^def {test}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE), named


def test_pages_of_this_folder_are_all_in_its_table():
    index = (LIST.parent / "README.md").read_text(encoding="utf-8")
    for page in LIST.parent.iterdir():
        assert page.name == "README.md" or f"({page.name})" in index, page.name
