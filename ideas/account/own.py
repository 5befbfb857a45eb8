"""Reads for one's own pages: one's ideas and what came of them, news, support, comments; and all of it as one file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from ideas import database
from ideas.account.told import headline
from ideas.errors import Message

PAGE = 30


class OwnIdea(msgspec.Struct):
    """One's idea, with the decision that stands on it and who gave it."""

    id: int
    title: str
    status: str
    created: datetime
    votes: int
    comments: int
    cluster: int | None
    cluster_size: int
    hidden: bool
    verdict: str | None = None
    reason: str | None = None
    moderator: str | None = None
    decided: datetime | None = None


class Supported(msgspec.Struct):
    """An idea that one supports or follows, with the reason of its decision."""

    id: int
    title: str
    status: str
    votes: int
    reason: str | None
    since: datetime


class OwnComment(msgspec.Struct):
    id: int
    idea: int
    title: str
    side: str
    text: str
    created: datetime
    hidden: bool


class NoticeRow(msgspec.Struct):
    """What one is told; `why`: mine, vote, follow. `ideas` of one's own are meant by a decision."""

    id: int
    kind: str
    idea: int | None
    title: str | None
    created: datetime
    unread: bool
    why: str | None = None
    verdict: str | None = None
    status: str | None = None
    staff: bool = False
    reason: str | None = None
    letter: str | None = None
    said: str | None = None
    ideas: int = 1
    link: str | None = None

    @property
    def line(self) -> Message:
        return headline(self.kind, self.why, verdict=self.verdict, status=self.status, staff=self.staff)


class Overview(msgspec.Struct):
    """The first of one's pages: ideas with what came of them, the unread news, and how many of each status."""

    ideas: list[OwnIdea]
    notices: list[NoticeRow]
    statuses: dict[str, int]


_IDEAS = """SELECT i.id, i.title, i.status, i.created, i.support AS votes, i.comments, i.cluster,
    coalesce(c.size, 0) AS cluster_size, i.hidden IS NOT NULL AS hidden, d.verdict, d.reason, d.created AS decided,
    m.name AS moderator
FROM idea i LEFT JOIN cluster c ON c.id = i.cluster
    LEFT JOIN LATERAL (SELECT d.* FROM ruling r JOIN decision d ON d.id = r.decision AND d.undone IS NULL
        WHERE r.idea = i.id ORDER BY d.id DESC LIMIT 1) d ON true
    LEFT JOIN account m ON m.id = d.moderator
WHERE i.author = $1 AND ($2::bigint IS NULL OR i.id < $2) ORDER BY i.id DESC LIMIT $3"""

_NOTICES = """SELECT n.id, n.kind, n.idea, i.title, n.created, n.read IS NULL AS unread, n.data->>'why' AS why,
    n.data->>'verdict' AS verdict, n.data->>'status' AS status, coalesce((n.data->>'staff')::boolean, false) AS staff,
    n.data->>'reason' AS reason, nullif(n.data->>'letter', '') AS letter, left(c.text, 300) AS said,
    coalesce((n.data->>'ideas')::int, 1) AS ideas, n.data->>'path' AS link
FROM notice n LEFT JOIN idea i ON i.id = n.idea
    LEFT JOIN comment c ON n.kind = 'comment' AND c.id = (n.data->>'comment')::bigint AND c.hidden IS NULL
WHERE n.account = $1 AND ($2::bigint IS NULL OR n.id < $2) {0} ORDER BY n.id DESC LIMIT $3"""


async def overview(account: int, before: int | None = None, limit: int = PAGE) -> Overview:
    """A person's ideas older than `before`, newest first, and on the first page at most five unread notices."""
    row = await database.fetch_one(
        f"""SELECT (SELECT jsonb_agg(x) FROM ({_IDEAS}) x) AS ideas,
        (SELECT jsonb_agg(x) FROM ({_NOTICES.format("AND n.read IS NULL").replace("$2", "null").replace("$3", "5")}) x)
            AS notices,
        (SELECT jsonb_object_agg(status, n) FROM (SELECT status, count(*) AS n FROM idea WHERE author = $1
            GROUP BY status) x) AS statuses""",
        account, before, limit,
    )  # fmt: skip
    assert row is not None
    read = {k: database.from_json(v) for k, v in row.items()}
    return msgspec.convert(
        {"ideas": read["ideas"] or [], "notices": read["notices"] or [], "statuses": read["statuses"] or {}},
        Overview,
    )


async def notices(account: int, before: int | None = None, limit: int = PAGE) -> list[NoticeRow]:
    """A person's notices, newest first, older than the notice `before`."""
    return database.structs(NoticeRow, await database.fetch(_NOTICES.format(""), account, before, limit))


_SUPPORTED = """SELECT i.id, i.title, i.status, i.support AS votes, x.created AS since,
    (SELECT d.reason FROM ruling r JOIN decision d ON d.id = r.decision WHERE r.idea = i.id AND d.undone IS NULL
        ORDER BY d.id DESC LIMIT 1) AS reason
FROM {0} x JOIN idea i ON i.id = x.idea AND i.hidden IS NULL
WHERE x.account = $1 AND {1} AND ($2::timestamptz IS NULL OR (x.created, x.idea) < ($2, $3))
ORDER BY x.created DESC, x.idea DESC LIMIT $4"""


async def supported(
    account: int, before: tuple[datetime, int] | None = None, limit: int = PAGE
) -> list[Supported]:
    """Ideas that a person supports, the latest first; `before` is (since, id) of the last one seen."""
    sql = _SUPPORTED.format("vote", "x.value = 1")
    return database.structs(Supported, await database.fetch(sql, account, *(before or (None, None)), limit))


async def followed(account: int, limit: int = 200) -> list[Supported]:
    """Ideas that a person follows, the latest first."""
    sql = _SUPPORTED.format("follow", "true")
    return database.structs(Supported, await database.fetch(sql, account, None, None, limit))


async def comments(account: int, before: int | None = None, limit: int = PAGE) -> list[OwnComment]:
    """A person's comments, newest first, older than the comment `before`."""
    rows = await database.fetch(
        """SELECT c.id, i.id AS idea, i.title, c.side, left(c.text, 400) AS text, c.created,
            c.hidden IS NOT NULL OR i.hidden IS NOT NULL AS hidden
        FROM comment c JOIN idea i ON i.id = c.idea
        WHERE c.author = $1 AND ($2::bigint IS NULL OR c.id < $2) ORDER BY c.id DESC LIMIT $3""",
        account, before, limit,
    )  # fmt: skip
    return database.structs(OwnComment, rows)


# What is stored about a person, by the name it gets in the file. Secrets and inner numbers are left out.
_STORED = {
    "account": """SELECT a.id, a.email, a.name, a.role, a.language, a.created, a.confirmed, a.blocked,
        coalesce(p.often, 'now') AS letters_often, coalesce(p.without, '[]') AS letters_without
        FROM account a LEFT JOIN preference p ON p.account = a.id WHERE a.id = $1""",
    "sessions": "SELECT kind, name, created, expires FROM session WHERE account = $1 ORDER BY id",
    "ideas": """SELECT id, title, text, lang, status, support AS votes, created, edited, hidden FROM idea
        WHERE author = $1 ORDER BY id""",
    "additions": """SELECT a.idea, a.number, a.text, a.created FROM addition a JOIN idea i ON i.id = a.idea
        WHERE i.author = $1 ORDER BY a.idea, a.number""",
    "photos": """SELECT p.idea, p.place, p.alt, p.created, '/photos/' || p.id || '/' || p.hash || '.webp' AS address
        FROM photo p LEFT JOIN idea i ON i.id = p.idea LEFT JOIN draft d ON d.id = p.draft
        WHERE i.author = $1 OR d.account = $1 ORDER BY p.id""",
    "votes": """SELECT v.idea, i.title, v.value, v.created FROM vote v JOIN idea i ON i.id = v.idea
        WHERE v.account = $1 ORDER BY v.created, v.idea""",
    "comments": """SELECT c.id, c.idea, i.title, c.side, c.text, c.created, c.hidden FROM comment c
        JOIN idea i ON i.id = c.idea WHERE c.author = $1 ORDER BY c.id""",
    "counted_apart": """SELECT x.idea, i.title, x.cluster, x.created FROM apart x JOIN idea i ON i.id = x.idea
        WHERE x.account = $1 ORDER BY x.created""",
    "follows": """SELECT f.idea, i.title, f.created FROM follow f JOIN idea i ON i.id = f.idea
        WHERE f.account = $1 ORDER BY f.created, f.idea""",
    "notices": "SELECT kind, idea, data, created, read FROM notice WHERE account = $1 ORDER BY id",
    "letters": "SELECT address, subject, text, state, created, sent FROM letter WHERE account = $1 ORDER BY id",
    "reports": "SELECT idea, comment, reason, text, created, outcome FROM report WHERE account = $1 ORDER BY id",
    "appeals": "SELECT idea, text, created, state, reason, answered FROM appeal WHERE author = $1 ORDER BY id",
    "drafts": """SELECT c.slug AS campaign, d.title, d.text, d.rest, d.office, d.saved FROM draft d
        JOIN campaign c ON c.id = d.campaign WHERE d.account = $1 ORDER BY d.id""",
    "pledges": "SELECT name, post, created, withdrawn FROM pledge WHERE account = $1 ORDER BY id",
    "answers": """SELECT c.idea, c.other, o.title, c.answer, c.created FROM choice c JOIN idea o ON o.id = c.other
        WHERE c.account = $1 ORDER BY c.id""",
    "residences": """SELECT c.slug AS campaign, d.slug AS district, a.slug AS age_group, r.told FROM residence r
        JOIN campaign c ON c.id = r.campaign LEFT JOIN district d ON d.id = r.district
        LEFT JOIN age_group a ON a.id = r.age_group WHERE r.account = $1 ORDER BY r.id""",
    "ledger": "SELECT idea, kind, data, created FROM ledger WHERE account = $1 ORDER BY created, id",
}


async def everything(account: int) -> dict[str, Any]:
    """All that is stored about a person, in one statement, so that it is of one moment."""
    row = await database.fetch_one(
        "SELECT "
        + ", ".join(
            f"(SELECT coalesce(jsonb_agg(x), '[]') FROM ({sql}) x) AS {name}" for name, sql in _STORED.items()
        ),
        account,
    )
    assert row is not None
    found: dict[str, Any] = {k: database.from_json(v) for k, v in row.items()}
    found["account"] = found["account"][0] if found["account"] else None
    return found
