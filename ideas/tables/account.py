"""People, and how they sign in."""

from __future__ import annotations

from piccolo.columns import BigSerial, Bytea, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from ideas.tables.base import reference


class Account(Table):
    """A person. Imported participants and erased people have no e-mail and cannot sign in."""

    id = BigSerial(primary_key=True)
    email = Varchar(length=254, null=True, default=None, help_text="lower case, unique")
    password = Text(null=True, default=None, help_text="argon2id hash", secret=True)
    name = Varchar(length=80, help_text="public name")
    role = Varchar(length=12, default="citizen", help_text="citizen, moderator, planner, admin")
    language = Varchar(length=2, null=True, default=None)
    source = Varchar(
        length=200, null=True, default=None, help_text="where an imported participant comes from"
    )
    created = Timestamptz(default=TimestamptzNow())
    confirmed = Timestamptz(
        null=True, default=TimestamptzNow(), help_text="nothing: the address has yet to be shown to be theirs"
    )
    blocked = Timestamptz(null=True, default=None)


class Session(Table):
    """A signed-in browser or a program's bearer token; only the hash of its secret is kept."""

    id = BigSerial(primary_key=True)
    account = reference(Account, on_delete=OnDelete.cascade)
    hash = Bytea(help_text="SHA-256 of the secret, unique", secret=True)
    kind = Varchar(length=8, help_text="browser, token")
    name = Varchar(length=80, default="")
    created = Timestamptz(default=TimestamptzNow())
    expires = Timestamptz()


class RateLimit(Table):
    """How often a key (an action by an address or account) was used in its window."""

    key = Varchar(length=200, primary_key=True)
    used = Integer(default=1)
    resets = Timestamptz()
