"""One message over HTTP, to an address that was looked up and checked in this very moment.

The connection is made to the number that was checked, not to the name again, so that a name which leads elsewhere a
moment later leads nowhere. Redirects are not followed, and of the answer only the status and a little text are read.
"""

from __future__ import annotations

import asyncio
import http.client
import socket
import ssl
from urllib.parse import SplitResult, urlsplit

import msgspec

from ideas.webhook import rules

TIMEOUT = 10.0
_READ = 300


class Answer(msgspec.Struct):
    """What came back: an HTTP status, or the reason that none did."""

    status: int | None
    error: str

    @property
    def ok(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


async def post(address: str, body: bytes, headers: dict[str, str], *, private: bool) -> Answer:
    """Send it; never raises for what the other side does."""
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(TIMEOUT):
            found = await asyncio.get_running_loop().getaddrinfo(
                parts.hostname, port, type=socket.SOCK_STREAM
            )
    except (OSError, TimeoutError, UnicodeError):
        return Answer(None, "the name was not found")
    number = rules.chosen([str(f[4][0]) for f in found], private=private)
    if number is None:
        return Answer(None, "the address is in the server's own network")
    return await asyncio.to_thread(_post, parts, number, port, body, headers)


def _post(parts: SplitResult, number: str, port: int, body: bytes, headers: dict[str, str]) -> Answer:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = http.client.HTTPConnection(parts.hostname or number, port, timeout=TIMEOUT)
    try:
        sock: socket.socket = socket.create_connection((number, port), TIMEOUT)
        if parts.scheme == "https":
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=parts.hostname)
        connection.sock = sock
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        text = answer.read(_READ).decode("utf-8", "replace")
        return Answer(answer.status, "" if 200 <= answer.status < 300 else " ".join(text.split())[:200])
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Answer(None, f"{type(error).__name__}: {error}"[:200])
    finally:
        connection.close()
