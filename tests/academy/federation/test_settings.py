"""What an operator writes down to let another house say who people are."""

import pytest

from academy.config import WrongSetting, read_settings
from academy.federation.rules import Kind, Person, algorithms, hint_of, is_safe_address, read_providers

GOOGLE = {"ACADEMY_PROVIDERS": "google", "ACADEMY_PROVIDER_GOOGLE_CLIENT_ID": "id"}


def only(**settings: str):
    return read_providers(
        {"ACADEMY_PROVIDERS": "work", **{f"ACADEMY_PROVIDER_WORK_{k}": v for k, v in settings.items()}}
    )[0]


def test_without_settings_there_is_no_other_house():
    assert read_providers({}) == ()


def test_google_kakao_and_naver_need_a_client_and_nothing_more():
    environ = {f"ACADEMY_PROVIDER_{name}_CLIENT_ID": "id" for name in ("GOOGLE", "KAKAO", "NAVER")}
    google, kakao, naver = read_providers({"ACADEMY_PROVIDERS": "google, kakao,naver", **environ})
    assert google.issuer == "https://accounts.google.com"
    assert (kakao.issuer, kakao.label["ko"]) == ("https://kauth.kakao.com", "카카오")
    assert (naver.kind, naver.trust_email) == (Kind.NAVER, False)
    assert "openid" in google.scope


def test_any_house_that_speaks_openid_can_be_named():
    house = only(ISSUER="https://id.city.example/realms/staff", CLIENT_ID="id", LABEL="City office", LABEL_KO="시청")
    assert (house.kind, dict(house.label)) == (Kind.OIDC, {"en": "City office", "ko": "시청"})


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"ACADEMY_PROVIDERS": "google"}, "ACADEMY_PROVIDER_GOOGLE_CLIENT_ID"),
        ({**GOOGLE, "ACADEMY_PROVIDERS": "google,google"}, "ACADEMY_PROVIDERS"),
        ({"ACADEMY_PROVIDERS": "../etc"}, "ACADEMY_PROVIDERS"),
        ({**GOOGLE, "ACADEMY_PROVIDER_GOOGLE_ISSUER": "http://accounts.example"}, "ACADEMY_PROVIDER_GOOGLE_ISSUER"),
        ({**GOOGLE, "ACADEMY_PROVIDER_GOOGLE_TRUST_EMAIL": "maybe"}, "ACADEMY_PROVIDER_GOOGLE_TRUST_EMAIL"),
        ({**GOOGLE, "ACADEMY_PROVIDER_GOOGLE_KIND": "saml"}, "ACADEMY_PROVIDER_GOOGLE_KIND"),
        ({**GOOGLE, "ACADEMY_PROVIDER_GOOGLE_SECRET": "x"}, "ACADEMY_PROVIDER_GOOGLE_SECRET"),
        ({"ACADEMY_PROVIDERS": "work", "ACADEMY_PROVIDER_WORK_CLIENT_ID": "x"}, "ACADEMY_PROVIDER_WORK_ISSUER"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_is_named(tmp_path, environ, named):
    with pytest.raises(WrongSetting, match=named):
        read_settings({"ACADEMY_DATA": str(tmp_path), **environ})


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://accounts.example/token", True),
        ("http://127.0.0.1:8080/token", True),
        ("http://localhost/token", True),
        ("http://[::1]/token", True),
        ("http://192.168.0.5/token", False),
        ("http://localhost.example/token", False),
        ("https://user@accounts.example/", False),
        ("https://accounts.example/#x", False),
        ("https:///token", False),
        ("https://accounts.example\\@evil/", False),
        ("javascript:alert(1)", False),
        ("https://[", False),
    ],
)
def test_keys_travel_over_protected_lines_only(address, safe):
    assert is_safe_address(address) is safe


def test_signatures_are_those_that_only_the_house_can_make():
    assert algorithms(None) == ["RS256"]
    assert algorithms(["none", "HS256", "ES256", "RS256", 5]) == ["RS256", "ES256"]
    assert algorithms(["none", "HS256"]) == []


@pytest.mark.parametrize(
    ("person", "hint"),
    [
        (Person("i", "s", "김하늘", "haneul@example.org"), "ha…@example.org"),
        (Person("i", "s", "김하늘", ""), "김…"),
        (Person("i", "s", "", "@"), ""),
        (Person("i", "s"), ""),
    ],
)
def test_a_hint_is_enough_for_its_owner_and_no_more(person, hint):
    assert hint_of(person) == hint
