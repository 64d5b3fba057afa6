"""What migration 0017 makes of the list of staff that centres had: roles that count there, and nowhere else."""

from sqlalchemy import text

from academy import schema
from academy.db import db
from tests.academy.test_migrations import empty as empty
from tests.engines import both_engines

AT = "2026-01-01 00:00:00"
USERS = {"teacher": 1, "boss": 2, "gone": 3, "both": 4}


def run(*statements: str) -> None:
    with db.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def rows(query: str) -> list[tuple]:
    with db.engine.connect() as connection:
        return sorted(tuple(row) for row in connection.execute(text(query)))


def settle() -> None:
    """Two centres as they were before: a teacher, a boss, somebody who left, and somebody with both global roles."""
    for name, number in USERS.items():
        run(
            f'INSERT INTO "user" (id, public_id, language, text_size, created_at) '
            f"VALUES ({number}, '{name}', 'ko', 'normal', '{AT}')",
            f"INSERT INTO identity (user_id, name, name_key, email, password_hash, password_set_at) "
            f"VALUES ({number}, '{name}', '{name}', '{name}@Example.KR', 'x', '{AT}')",
            f"INSERT INTO role_grant (user_id, role, granted_at) VALUES ({number}, 'instructor', '{AT}')",
        )
    run(
        f"INSERT INTO role_grant (user_id, role, granted_at) VALUES (2, 'programme_manager', '{AT}')",
        f"INSERT INTO role_grant (user_id, role, granted_at) VALUES (4, 'administrator', '{AT}')",
        f"INSERT INTO centre (id, slug, title, zone, created_at) VALUES (7, 'a', '{{}}', 'UTC', '{AT}')",
        f"INSERT INTO centre (id, slug, title, zone, created_at) VALUES (8, 'b', '{{}}', 'UTC', '{AT}')",
        f"INSERT INTO centre_staff (centre_id, user_id, role, since) VALUES (7, 1, 'instructor', '{AT}')",
        f"INSERT INTO centre_staff (centre_id, user_id, role, since) VALUES (8, 1, 'instructor', '{AT}')",
        f"INSERT INTO centre_staff (centre_id, user_id, role, since) VALUES (7, 2, 'programme_manager', '{AT}')",
        "INSERT INTO centre_staff (centre_id, user_id, role, since, ended_at) "
        f"VALUES (7, 3, 'instructor', '{AT}', '{AT}')",
    )


LIVE = "SELECT user_id, role, scope FROM role_grant WHERE revoked_at IS NULL"


@both_engines
def test_staff_keep_their_centres_and_nobody_finds_more_open_than_before(empty):
    schema.upgrade("0016_audit")
    settle()
    schema.upgrade("0017_people")
    assert rows(LIVE) == [
        (1, "instructor", "centre:7"),
        (1, "instructor", "centre:8"),
        (2, "programme_manager", "centre:7"),
        (4, "administrator", ""),
    ]
    assert rows("SELECT user_id, scope FROM role_grant WHERE revoked_at IS NOT NULL AND scope <> ''") == [
        (3, "centre:7")
    ]
    assert rows("SELECT about_id FROM audit_event WHERE act = 'role revoked'") == [(1,), (2,), (2,), (3,), (4,)]
    assert (1, "teacher@example.kr") in rows("SELECT user_id, email_key FROM identity")


@both_engines
def test_the_list_of_staff_comes_back_and_a_role_in_one_place_does_not_become_one_everywhere(empty):
    schema.upgrade("0016_audit")
    settle()
    schema.upgrade("0017_people")
    run(f"INSERT INTO role_grant (user_id, role, scope, granted_at) VALUES (3, 'reviewer', 'project:1', '{AT}')")
    schema.downgrade("0016_audit")
    assert rows("SELECT centre_id, user_id, role FROM centre_staff WHERE ended_at IS NULL") == [
        (7, 1, "instructor"),
        (7, 2, "programme_manager"),
        (8, 1, "instructor"),
    ]
    assert rows("SELECT user_id, role FROM role_grant WHERE revoked_at IS NULL") == [
        (1, "instructor"),
        (2, "programme_manager"),
        (4, "administrator"),
    ]
