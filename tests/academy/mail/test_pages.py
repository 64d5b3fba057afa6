"""What a person chooses about letters, ending them with one click, and what staff see of them."""

import pytest
from click.testing import CliRunner

from academy.accounts import consents
from academy.accounts.consents import Purpose
from academy.clock import now
from academy.config import WrongSetting, read_settings, settings
from academy.db import transaction
from academy.mail import operations, queries, samples
from academy.mail.addresses import unsubscribe, whose_letters
from academy.mail.commands import mail
from academy.mail.rules import KINDS, Group, Tls, Way, masked, read_route
from tests import letters, people
from tests.engines import both_engines

ENGLISH = {"Accept-Language": "en"}


def ending(user, group=Group.WORK) -> str:
    return unsubscribe(user.id, group).removeprefix(settings().public_url)


@both_engines
def test_a_person_chooses_which_letters_they_get(client):
    user = people.newcomer()
    people.sign_in(client, user)
    assert queries.choices_of(user.id) == {Group.COURSE: True, Group.CLASS: True, Group.WORK: True, Group.NEWS: False}
    assert client.post("/me/mail", data={"course": "y", "news": "y"}).status_code == 302
    assert queries.choices_of(user.id) == {Group.COURSE: True, Group.CLASS: False, Group.WORK: False, Group.NEWS: True}


def test_asking_for_news_is_a_consent_and_ending_them_takes_it_back(client):
    user = people.newcomer()
    with transaction():
        operations.choose(user.id, Group.NEWS, True, now())
    assert consents.holds(user.id, Purpose.NEWS)
    assert client.post(ending(user, Group.NEWS)).status_code == 200
    assert not consents.holds(user.id, Purpose.NEWS)


def test_one_click_ends_letters_without_signing_in_and_without_our_page(app, client):
    user = people.newcomer()
    app.config["WTF_CSRF_ENABLED"] = True
    sent_by_a_mail_program = {"List-Unsubscribe": "One-Click"}
    assert client.post(ending(user), data=sent_by_a_mail_program).status_code == 200
    assert queries.choices_of(user.id)[Group.WORK] is False


def test_opening_the_link_changes_nothing_yet(client):
    """Programs that look at links before people do must not end anything."""
    user = people.newcomer()
    assert client.get(ending(user)).status_code == 200
    assert queries.choices_of(user.id)[Group.WORK] is True


def test_a_link_that_was_changed_is_no_link_of_ours(client):
    user = people.newcomer()
    link = ending(user)
    changed = link[:-5] + ("A" if link[-5] != "A" else "B") + link[-4:]  # the last sign holds bits that say nothing
    for wrong in (link[:-3], changed, "/mail/end/x", "/mail/end/" + "A" * 500):
        assert client.post(wrong).status_code == 404
    assert queries.choices_of(user.id)[Group.WORK] is True


def test_the_link_tells_nobody_who_it_is_about(app):
    user = people.newcomer()
    token = ending(user).rpartition("/")[2]
    assert whose_letters(token) == (user.id, Group.WORK)
    another = ending(user).rpartition("/")[2]
    assert token != another  # nobody can tell that two letters went to one person


def test_every_kind_is_shown_to_staff_in_both_languages(client):
    people.sign_in(client, people.operator())
    assert client.get("/mail/kinds").status_code == 200
    for name in KINDS:
        page = client.get(f"/mail/kinds/{name}", headers=ENGLISH)
        assert page.status_code == 200
        assert page.text.count("<iframe") == 1
        assert client.get(f"/mail/kinds/{name}?shown=ko", headers=ENGLISH).status_code == 200
    assert client.get("/mail/kinds/academy.no.such").status_code == 404
    assert client.get("/mail/kinds/academy.mail.trial/fr").status_code == 404


def test_a_letter_that_is_looked_at_may_do_nothing(client):
    people.sign_in(client, people.operator())
    letter = client.get("/mail/kinds/academy.mail.trial/ko")
    policy = letter.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "unsafe-inline" not in client.get("/mail/kinds/academy.mail.trial").headers["Content-Security-Policy"]


def test_learners_see_nothing_of_it(client):
    people.sign_in(client, people.newcomer())
    for address in ("/mail", "/mail/kinds", "/mail/kinds/academy.mail.trial", "/mail/kinds/academy.mail.trial/ko"):
        assert client.get(address).status_code == 403


# Settings ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "way", "tls", "host", "port"),
    [
        ("off", Way.OFF, Tls.NONE, "", 0),
        ("console:", Way.CONSOLE, Tls.NONE, "", 0),
        ("file:/var/mail", Way.FILE, Tls.NONE, "", 0),
        ("smtp://mail.example", Way.SMTP, Tls.STARTTLS, "mail.example", 587),
        ("smtp://localhost:25?tls=none", Way.SMTP, Tls.NONE, "localhost", 25),
        ("smtps://u:p@mail.example", Way.SMTPS, Tls.IMPLICIT, "mail.example", 465),
    ],
)
def test_the_ways_letters_can_leave(value, way, tls, host, port):
    route = read_route(value)
    assert (route.way, route.tls, route.host, route.port) == (way, tls, host, port)


@pytest.mark.parametrize(
    "value",
    ["mail.example", "http://mail.example", "smtp://", "smtp://h:x", "smtp://h?tls=maybe", "smtp://h?colour=red",
     "smtp://u:secret@mail.example?tls=none"],
)  # fmt: skip
def test_a_wrong_way_stops_the_start_and_never_prints_the_password(tmp_path, value):
    with pytest.raises(WrongSetting, match="ACADEMY_MAIL") as stopped:
        read_settings({"ACADEMY_DATA": str(tmp_path), "ACADEMY_MAIL": value})
    assert "secret" not in str(stopped.value)


def test_the_password_is_not_printed_with_the_settings(tmp_path):
    chosen = read_settings({"ACADEMY_DATA": str(tmp_path), "ACADEMY_MAIL": "smtps://house:sesame@mail.example"})
    assert "sesame" not in repr(chosen)


def test_production_does_not_write_letters_into_its_logs(tmp_path):
    own = {"ACADEMY_DATA": str(tmp_path), "ACADEMY_ENVIRONMENT": "production"}
    assert read_settings(own).mail.way is Way.OFF
    with pytest.raises(WrongSetting, match="logs"):
        read_settings(own | {"ACADEMY_MAIL": "console:"})
    with pytest.raises(WrongSetting, match="ACADEMY_MAIL_FROM"):
        read_settings(own | {"ACADEMY_MAIL_FROM": "nobody"})


@pytest.mark.parametrize(
    ("address", "shown"), [("sky@example.org", "sk…@example.org"), ("a@b.kr", "a…@b.kr"), ("x", "…")]
)
def test_staff_recognise_an_address_and_can_not_write_to_it(address, shown):
    assert masked(address) == shown


# The command line --------------------------------------------------------------------------------------------------


def test_an_operator_tries_whether_mail_leaves_the_house(app):
    run = CliRunner()
    done = run.invoke(mail, ["try", "me@example.org"], obj=lambda: app)
    assert done.exit_code == 0, done.output
    assert letters.newest().to == "me@example.org"
    assert run.invoke(mail, ["try", "nobody"], obj=lambda: app).exit_code == 1
    assert "waiting" in run.invoke(mail, ["state"], obj=lambda: app).output


def test_lists_name_nobody_who_did_not_get_the_letter(app):
    """Above a real letter stands its kind, with gaps: never the made-up child or day of the sample."""
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert samples.subject_of("academy.privacy.guardian") == "… would like to learn with us and needs your consent"
        assert samples.subject_of("academy.privacy.erasure_asked") == "Your account will be deleted on …"
