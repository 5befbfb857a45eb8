"""The product's settings: one frozen struct, read from the environment once."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

LOG_LEVELS = ("debug", "info", "warning", "error")
SMTP_TLS = ("starttls", "tls", "off")
_TRUE = frozenset({"1", "on", "yes", "true"})
_FALSE = frozenset({"0", "off", "no", "false"})


class SettingsError(ValueError):
    """A variable of the environment cannot be used; the message is one line that names it."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator can set. Each field names its variable."""

    host: str = "127.0.0.1"  # HOST: address to listen on
    port: int = 8000  # PORT; 0 takes a free one
    data_dir: Path = Path("data")  # DATA_DIR, made absolute: embedded database and secret
    database_url: str | None = (
        None  # DATABASE_URL: a PostgreSQL server with pgvector instead of the embedded one
    )
    replica_url: str | None = None  # DATABASE_REPLICA_URL: a streaming standby for lists and dashboards
    workers: int = 1  # WORKERS: server processes
    secret: str = ""  # SECRET: the same on every host of one DATABASE_URL
    public_url: str | None = None  # PUBLIC_URL: the address in letters and links, without the last slash
    secure_cookies: bool = False  # SECURE_COOKIES; by default on where PUBLIC_URL starts with https
    proxies: int = (
        0  # PROXIES: trusted proxies in front; the client is that far from the right of X-Forwarded-For
    )
    rate_limits: bool = True  # RATE_LIMITS
    demo: bool = True  # DEMO: fill an empty database with the demo campaign
    log_level: str = "info"  # LOG_LEVEL
    smtp_host: str = ""  # SMTP_HOST: the mail server; without one letters are kept for the mailbox page
    smtp_port: int = 587  # SMTP_PORT
    smtp_user: str = ""  # SMTP_USER, with SMTP_PASSWORD
    smtp_password: str = ""
    smtp_from: str = ""  # SMTP_FROM: the sender's address, perhaps with a name: `Ideas <ideas@example.org>`
    smtp_tls: str = "starttls"  # SMTP_TLS: starttls, tls (from the first byte), off
    confirm_email: bool = False  # CONFIRM_EMAIL: signing in only after the address was confirmed by a letter
    encoder: str = ""  # ENCODER: a folder with a transformer, or the installed package that carries one
    webhooks_private: bool = False  # WEBHOOKS_PRIVATE: webhooks may be http and of the own network
    pool_smallest: int = 2  # POOL_MIN: connections that a process keeps open
    pool_largest: int = 10  # POOL_MAX: connections that a process may open

    @property
    def address(self) -> str:
        """The address that people use, for links in letters and feeds, without the last slash."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def mailbox(self) -> bool:
        """Whether letters are shown on a page instead of being sent."""
        return not self.smtp_host

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Settings from variables; nothing is written. Without SECRET a random one for this process is taken.

        Raises SettingsError on the first variable with a value that cannot be used.
        """
        public_url = _url(environ, "PUBLIC_URL", ("http", "https"))
        settings = cls(
            host=_text(environ, "HOST") or "127.0.0.1",
            port=_integer(environ, "PORT", 8000, 0, 65535),
            data_dir=Path(_text(environ, "DATA_DIR") or "data").expanduser().absolute(),
            database_url=_url(environ, "DATABASE_URL", ("postgresql", "postgres")),
            replica_url=_url(environ, "DATABASE_REPLICA_URL", ("postgresql", "postgres")),
            workers=_integer(environ, "WORKERS", 1, 1, 64),
            secret=_secret(environ),
            public_url=public_url.rstrip("/") if public_url else None,
            secure_cookies=_switch(
                environ, "SECURE_COOKIES", bool(public_url and public_url.startswith("https:"))
            ),
            proxies=_integer(environ, "PROXIES", 0, 0, 10),
            rate_limits=_switch(environ, "RATE_LIMITS", True),
            demo=_switch(environ, "DEMO", True),
            log_level=_choice(environ, "LOG_LEVEL", LOG_LEVELS, "info"),
            smtp_host=_text(environ, "SMTP_HOST"),
            smtp_port=_integer(environ, "SMTP_PORT", 587, 1, 65535),
            smtp_user=_text(environ, "SMTP_USER"),
            smtp_password=_text(environ, "SMTP_PASSWORD"),
            smtp_from=_sender(environ, "SMTP_FROM"),
            smtp_tls=_choice(environ, "SMTP_TLS", SMTP_TLS, "starttls"),
            confirm_email=_switch(environ, "CONFIRM_EMAIL", False),
            encoder=_text(environ, "ENCODER"),
            webhooks_private=_switch(environ, "WEBHOOKS_PRIVATE", False),
            pool_smallest=_integer(environ, "POOL_MIN", 2, 1, 100),
            pool_largest=_integer(environ, "POOL_MAX", 10, 1, 1000),
        )
        if settings.pool_smallest > settings.pool_largest:
            raise SettingsError(
                f"POOL_MIN={settings.pool_smallest} is more than POOL_MAX={settings.pool_largest}"
            )
        if settings.smtp_host and not settings.smtp_from:
            raise SettingsError("SMTP_HOST is set, but no SMTP_FROM: letters need a sender's address")
        if settings.confirm_email and not settings.smtp_host:
            raise SettingsError("CONFIRM_EMAIL is on, but without SMTP_HOST no letter would arrive")
        return settings


def _text(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "").strip()
    if "\0" in value or "\n" in value:
        raise SettingsError(f"{name} holds a line break or a zero byte")
    return value


def _integer(environ: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = _text(environ, name)
    if not text:
        return default
    # isdecimal() alone accepts digits of other scripts, which int() would read too.
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and least <= int(text) <= most):
        raise SettingsError(f"{name}={text!r} is not a whole number from {least} to {most}")
    return int(text)


def _switch(environ: Mapping[str, str], name: str, default: bool) -> bool:
    text = _text(environ, name).lower()
    if not text:
        return default
    if text not in _TRUE | _FALSE:
        raise SettingsError(f"{name}={text!r} is neither on nor off")
    return text in _TRUE


def _choice(environ: Mapping[str, str], name: str, choices: tuple[str, ...], default: str) -> str:
    text = _text(environ, name).lower() or default
    if text not in choices:
        raise SettingsError(f"{name}={text!r} is none of {', '.join(choices)}")
    return text


def _url(environ: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> str | None:
    text = _text(environ, name)
    if not text:
        return None
    # The value may hold a password, so it is not repeated.
    try:
        scheme = urlsplit(text).scheme
    except ValueError:
        scheme = ""
    if scheme not in schemes:
        raise SettingsError(f"{name} is not an address that starts with {schemes[0]}://")
    return text


def _sender(environ: Mapping[str, str], name: str) -> str:
    text = _text(environ, name)
    if text and "@" not in parseaddr(text)[1]:
        raise SettingsError(f"{name}={text!r} holds no e-mail address")
    return text


def _secret(environ: Mapping[str, str]) -> str:
    text = _text(environ, "SECRET")
    if text and len(text) < 16:
        raise SettingsError("SECRET is shorter than 16 characters")
    return text or secrets.token_hex(32)
