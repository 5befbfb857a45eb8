"""Settings from the environment: defaults, and one clear line for what cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from ideas.settings import Settings, SettingsError


def test_nothing_set_is_fine() -> None:
    settings = Settings.from_environment({})
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)
    assert settings.data_dir == Path.cwd() / "data"
    assert settings.database_url is None
    assert settings.rate_limits
    assert not settings.secure_cookies
    assert len(settings.secret) == 64
    assert settings.secret != Settings.from_environment({}).secret


def test_an_address_with_https_makes_cookies_secure() -> None:
    settings = Settings.from_environment({"PUBLIC_URL": "https://ideas.example.org/"})
    assert settings.public_url == "https://ideas.example.org"
    assert settings.secure_cookies
    assert not Settings.from_environment(
        {"PUBLIC_URL": "https://ideas.example.org", "SECURE_COOKIES": "off"}
    ).secure_cookies


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "८०"),
        ("WORKERS", "0"),
        ("WORKERS", "1.5"),
        ("PROXIES", "yes"),
        ("RATE_LIMITS", "maybe"),
        ("LOG_LEVEL", "loud"),
        ("DATABASE_URL", "mysql://localhost/ideas"),
        ("DATABASE_URL", "postgresql://[half/ideas"),
        ("PUBLIC_URL", "ideas.example.org"),
        ("SECRET", "short"),
        ("DATA_DIR", "a\0b"),
    ],
)
def test_a_bad_value_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({name: value})
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_password_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({"DATABASE_URL": "mysql://me:hunter2hunter2@db/ideas"})
    assert "hunter2" not in str(caught.value)


def test_pool_sizes_fit_together() -> None:
    with pytest.raises(SettingsError, match="POOL_MIN=20 is more than POOL_MAX=10"):
        Settings.from_environment({"POOL_MIN": "20"})


def test_letters_need_a_sender_and_confirming_needs_letters() -> None:
    assert Settings.from_environment({}).mailbox
    given = {"SMTP_HOST": "mail.example.org", "SMTP_FROM": "Ideas <a@example.org>", "CONFIRM_EMAIL": "on"}
    settings = Settings.from_environment(given)
    assert (settings.smtp_port, settings.smtp_tls, settings.mailbox) == (587, "starttls", False)
    for broken in (
        {"SMTP_HOST": "mail.example.org"},
        {"CONFIRM_EMAIL": "on"},
        {**given, "SMTP_FROM": "nobody"},
        {**given, "SMTP_TLS": "maybe"},
        {**given, "SMTP_PORT": "0"},
    ):
        with pytest.raises(SettingsError):
            Settings.from_environment(broken)
