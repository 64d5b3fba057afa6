"""The inventory knows every table and every column that leads to a person."""

from pathlib import Path

import pytest

from academy.appending import NEVER
from academy.db import APPEND_ONLY, Base, db
from academy.privacy.rules import BY_TABLE, INVENTORY, NOT_ABOUT_PEOPLE, TERMS, Erase, Merge, read_terms
from academy.privacy.words import GROUP_WORDS, TABLE_WORDS, TERM_WORDS


@pytest.fixture(autouse=True)
def _everything_is_loaded(app):
    """The tables are known once the application, which knows every room, was made."""


def test_every_table_is_either_about_people_or_said_not_to_be():
    assert set(db.metadata.tables) == set(BY_TABLE) | set(NOT_ABOUT_PEOPLE)
    assert not set(BY_TABLE) & set(NOT_ABOUT_PEOPLE)
    assert len(BY_TABLE) == len(INVENTORY)


def test_every_column_that_names_a_person_is_declared():
    undeclared = []
    for table in db.metadata.tables.values():
        for column in table.columns:
            if any(key.column.table.name == "user" for key in column.foreign_keys):
                kept = BY_TABLE.get(table.name)
                declared = {*(owner.column for owner in kept.owners), *kept.others} if kept else set()
                if column.name not in declared:
                    undeclared.append(f"{table.name}.{column.name}")
    assert undeclared == []


def test_the_inventory_names_only_what_exists():
    for kept in INVENTORY:
        columns = set(db.metadata.tables[kept.table].columns.keys())
        named = {*(owner.column for owner in kept.owners), *kept.others, *kept.secrets, *kept.texts}
        assert named <= columns, kept.table
        for owner in kept.owners:
            assert not owner.parent or owner.parent in BY_TABLE, kept.table
            assert not owner.back or owner.back in db.metadata.tables[owner.parent].columns, kept.table
        assert not kept.term or kept.term in TERMS, kept.table


def test_what_can_not_be_deleted_is_not_promised_to_be():
    """An append-only table keeps its rows at an erasure; words in it can be blanked, and its old rows can go."""
    models = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
    for kept in INVENTORY:
        if kept.table in APPEND_ONLY:
            forgetting = getattr(models[kept.table], "__forgetting__", NEVER)
            assert kept.erase is Erase.KEEP, kept.table
            assert kept.merge is not Merge.MOVE, kept.table
            assert set(kept.texts) == set(forgetting.texts), kept.table
            assert bool(kept.term) == bool(forgetting.since), kept.table


def test_whoever_reads_finds_words_for_every_table_group_and_term():
    assert set(TABLE_WORDS) == set(BY_TABLE)
    assert set(GROUP_WORDS) == {kept.group for kept in INVENTORY}
    assert set(TERM_WORDS) == {kept.term for kept in INVENTORY} - {""} == set(TERMS)


def test_a_term_can_be_changed_within_what_the_law_allows():
    terms = read_terms("letters=14, audit=3650")
    assert (terms["letters"].days, terms["audit"].days, terms["exports"].days) == (14, 3650, 7)
    assert read_terms("") == TERMS


@pytest.mark.parametrize(
    "wrong", ["ledger=30", "letters=-1", "letters=soon", "gossip=3", "letters", "letters=99999999"]
)
def test_a_term_that_makes_no_sense_is_refused_with_a_sentence(wrong):
    with pytest.raises(ValueError, match=r"term|days from"):
        read_terms(wrong)


def test_the_document_tells_the_terms_that_hold():
    """docs/privacy.md, line by line: name, days, least, most and tables."""
    document = (Path(__file__).parents[3] / "docs" / "privacy.md").read_text(encoding="utf-8")
    for name, term in TERMS.items():
        tables = ", ".join(f"`{kept.table}`" for kept in INVENTORY if kept.term == name)
        line = next(line for line in document.splitlines() if line.startswith(f"| `{name}` |"))
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        assert cells[1:4] == [str(term.days), str(term.least), str(term.most)], name
        assert cells[5] == tables, name
    for kept in INVENTORY:
        assert f"`{kept.table}`" in document, kept.table
