"""Which addresses may be told, how messages are signed, when a failed one is tried again.

Signatures follow the Standard Webhooks specification (1.0), for which there are libraries in most languages.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from ideas.errors import Message, message

KINDS = ("decision", "undone", "status")
ADDRESS_LONGEST = 500
MOST = 10
"""Webhooks of a campaign."""
TRIES = 8
KEPT_DAYS = 30


def new_secret() -> str:
    """What messages to one address are signed with."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, id: str, timestamp: int, body: bytes) -> str:
    """The header `webhook-signature`: HMAC-SHA256 of `id.timestamp.body`."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(digest).decode()


def wait(tries: int) -> timedelta:
    """How long to wait after so many failed tries: half a minute, then four times as long, at most eight hours."""
    return min(timedelta(seconds=30 * 4 ** max(0, tries - 1)), timedelta(hours=8))


def check_address(address: str, *, private: bool) -> Message | None:
    """What is wrong with an address, before its name is looked up. `private`: http and this network are allowed."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return message("Enter a whole address, such as https://example.org/hook")
    if len(address) > ADDRESS_LONGEST or not address.isascii() or not address.isprintable() or " " in address:
        return message("Enter a whole address, such as https://example.org/hook")
    if parts.scheme not in (("https", "http") if private else ("https",)):
        return message("The address has to begin with https://")
    if not host or parts.username or parts.password or parts.fragment or port == 0:
        return message("Enter a whole address, such as https://example.org/hook")
    if not private and (not _may_be_public(host)):
        return message("This address is in the server’s own network.")
    return None


def _may_be_public(host: str) -> bool:
    try:
        return is_public(host)
    except ValueError:
        return "." in host.strip(".") and not host.rstrip(".").endswith((".local", ".localhost", ".internal"))


def is_public(address: str) -> bool:
    """Whether a numeric address is one of the open Internet. ValueError for a name."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        # An address of IPv4 inside one of IPv6 leads to where that one leads.
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]
        if inner is not None:
            return is_public(str(inner)) and (found.ipv4_mapped is not None)
        if found in ipaddress.ip_network("64:ff9b::/96"):
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
    return found.is_global and not found.is_multicast


def chosen(addresses: Sequence[str], *, private: bool) -> str | None:
    """The address to connect to; None if any that the name leads to is of the server's own network."""
    if not addresses or (not private and not all(is_public(a) for a in addresses)):
        return None
    return addresses[0]
