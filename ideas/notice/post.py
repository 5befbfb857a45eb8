"""Handing letters to the mail server (SMTP, RFC 5321), over one connection for as many as wait.

The standard library's client in a thread: a mail server is slow and far away, and nothing else waits for it.
"""

from __future__ import annotations

import asyncio
import logging
import smtplib
import ssl
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import urlsplit

from ideas import database
from ideas.notice import rules
from ideas.settings import Settings

log = logging.getLogger("ideas.notice")
TIMEOUT = 20.0
STEP = 50


class _Unfolded(UnstructuredHeader):
    """An address in brackets: the library would encode one that is longer than a line, and nobody could open it."""

    def fold(self, *, policy: Any) -> str:
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]


_headers = HeaderRegistry()
_headers.map_to_type("list-unsubscribe", _Unfolded)  # pyright: ignore[reportArgumentType]
_POLICY = SMTP.clone(header_factory=_headers)


class Unreachable(Exception):
    """The mail server does not answer or lets us not in; everything waits for another time."""


def message_of(settings: Settings, letter: Any) -> EmailMessage:
    """A letter as a message with a text and an HTML part. Its id is the same at every try: a copy is known as one."""
    name, address = parseaddr(settings.smtp_from)
    host = urlsplit(settings.address).hostname or "localhost"
    made = EmailMessage(_POLICY)
    made["From"] = Address(name, addr_spec=address)
    made["To"] = Address(addr_spec=letter["address"])
    made["Subject"] = letter["subject"]
    made["Date"] = format_datetime(letter["created"])
    made["Message-ID"] = f"<letter-{letter['id']}@{host}>"
    made["Auto-Submitted"] = "auto-generated"
    if letter["kind"] != "confirm":
        kind = "all" if letter["kind"] == "digest" else rules.kind_of(letter["kind"])
        token = rules.stop_token(settings.secret, letter["account"], kind)
        made["List-Unsubscribe"] = f"<{settings.address}/letters/stop/{token}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    made.set_content(letter["text"], cte="base64")
    made.add_alternative(letter["html"], subtype="html", cte="base64")
    # Set before, it would have moved into the first part.
    made["Content-Language"] = letter["lang"]
    return made


def connect(settings: Settings) -> smtplib.SMTP:
    """An open connection, encrypted and signed in as the settings say; Unreachable where that fails."""
    try:
        context = ssl.create_default_context()
        if settings.smtp_tls == "tls":
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.smtp_host, settings.smtp_port, timeout=TIMEOUT, context=context
            )
        else:
            client = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT)
            if settings.smtp_tls == "starttls":
                client.starttls(context=context)
        if settings.smtp_user:
            client.login(settings.smtp_user, settings.smtp_password)
        return client
    except (OSError, smtplib.SMTPException) as error:
        raise Unreachable(f"{settings.smtp_host}:{settings.smtp_port}: {error}") from error


async def send_waiting(settings: Settings) -> int:
    """Send every letter whose time has come; how many went. Only one runs at a time (the job's lock).

    A letter that the server refuses for good is marked so; one that it refuses for now waits longer each time. After
    a crash between the server's yes and our mark a letter goes twice, with the same Message-ID.
    """
    sent = 0
    client: smtplib.SMTP | None = None
    try:
        while rows := await database.fetch(
            """SELECT * FROM letter WHERE state = 'waiting' AND due <= now() ORDER BY due, id LIMIT $1""",
            STEP,
        ):
            for letter in rows:
                if client is None:
                    client = await asyncio.to_thread(connect, settings)
                try:
                    await asyncio.to_thread(client.send_message, message_of(settings, letter))
                except (smtplib.SMTPException, OSError, ValueError) as error:
                    await _failed(letter, error)
                    if isinstance(error, (OSError, smtplib.SMTPServerDisconnected)):
                        client = None
                    continue
                await database.execute(
                    "UPDATE letter SET state = 'sent', sent = now(), error = '' WHERE id = $1", letter["id"]
                )
                sent += 1
        return sent
    finally:
        if client is not None:
            await asyncio.to_thread(_close, client)


def _close(client: smtplib.SMTP) -> None:
    try:
        client.quit()
    except (smtplib.SMTPException, OSError):
        client.close()


async def _failed(letter: Any, error: Exception) -> None:
    """Note why a letter did not go. A server's 5xx and an address that is none are final."""
    code = getattr(error, "smtp_code", None)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next(iter(error.recipients.values()))[0]
    tries = letter["tries"] + 1
    final = isinstance(error, ValueError) or (code is not None and code >= 500) or tries >= rules.TRIES
    # The address is a person's; the log names the letter alone.
    log.warning("letter %s was not taken (try %s): %s", letter["id"], tries, code or type(error).__name__)
    await database.execute(
        "UPDATE letter SET state = $2, tries = $3, error = $4, due = now() + $5 WHERE id = $1",
        letter["id"], "failed" if final else "waiting", tries, f"{type(error).__name__}: {error}"[:300],
        rules.wait(tries),
    )  # fmt: skip
