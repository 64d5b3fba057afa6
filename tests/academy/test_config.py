import stat

import pytest

from academy.config import WrongSetting, read_settings


def test_an_empty_environment_suits_a_laptop(tmp_path):
    chosen = read_settings({"ACADEMY_DATA": str(tmp_path)})
    assert chosen.database_url == f"sqlite:///{tmp_path / 'academy.db'}"
    assert (chosen.default_language, chosen.timezone, chosen.valkey_url) == ("ko", "Asia/Seoul", None)


def test_the_secret_is_made_once_and_only_its_owner_can_read_it(tmp_path):
    first, second = (read_settings({"ACADEMY_DATA": str(tmp_path)}) for _ in range(2))
    assert first.secret_key == second.secret_key
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("ACADEMY_PUBLIC_URL", "academy.example", "address people type"),
        ("ACADEMY_PUBLIC_URL", "https://academy.example/path", "without a path"),
        ("ACADEMY_DATABASE_URL", "mysql://x/y", "Use sqlite or postgresql"),
        ("ACADEMY_DATABASE_URL", "nonsense", "Examples"),
        ("ACADEMY_DATABASE_URL", "sqlite://", "needs a file"),
        ("ACADEMY_LANGUAGE", "fr", "ko, en"),
        ("ACADEMY_TIMEZONE", "Mars/Olympus", "Asia/Seoul"),
        ("ACADEMY_ENVIRONMENT", "prod", "production"),
        ("ACADEMY_PROXIES", "yes", "0, 1"),
    ],
)
def test_a_wrong_value_stops_the_start_with_a_sentence(tmp_path, name, value, sentence):
    with pytest.raises(WrongSetting, match=sentence):
        read_settings({"ACADEMY_DATA": str(tmp_path), name: value})


def test_a_folder_that_can_not_be_written_is_named(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(WrongSetting, match="ACADEMY_DATA"):
        read_settings({"ACADEMY_DATA": str(blocked / "below")})


@pytest.mark.parametrize(
    ("url", "secure"),
    [
        ("https://academy.example", True),
        ("http://localhost:8000", True),
        ("http://127.0.0.1:8000", True),
        ("http://192.168.0.10:8000", False),
    ],
)
def test_cookies_are_secure_wherever_a_browser_keeps_secure_cookies(tmp_path, url, secure):
    assert read_settings({"ACADEMY_DATA": str(tmp_path), "ACADEMY_PUBLIC_URL": url}).secure_cookies is secure


def test_only_the_public_host_is_trusted_by_default(tmp_path):
    chosen = read_settings({"ACADEMY_DATA": str(tmp_path), "ACADEMY_PUBLIC_URL": "https://academy.example"})
    assert chosen.trusted_hosts == ("academy.example",)
