"""Letters: what they tell is gathered from notices that are due, and written in each person's language."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from ideas import database, queue
from ideas.account.rules import confirm_token
from ideas.account.told import headline
from ideas.errors import Message, message
from ideas.i18n import LANGUAGES, translator
from ideas.idea.rules import excerpt
from ideas.notice import rules
from ideas.settings import Settings
from ideas.web import templates

PEOPLE = 100
"""So many people's letters are written in one transaction."""


class News(msgspec.Struct):
    """One notice as a letter tells it."""

    id: int
    kind: str
    created: datetime
    idea: int | None = None
    title: str | None = None
    why: str | None = None
    verdict: str | None = None
    status: str | None = None
    staff: bool = False
    reason: str | None = None
    letter: str | None = None
    ideas: int = 1
    said: str | None = None
    size: int | None = None
    read: bool = False
    link: str | None = None

    @property
    def line(self) -> Message:
        return headline(self.kind, self.why, verdict=self.verdict, status=self.status, staff=self.staff)

    @property
    def path(self) -> str:
        if self.link:
            return self.link
        # Nobody but its author sees a hidden idea, and the author in their own list.
        if self.idea is None or self.status == "hidden":
            return "/account"
        return f"/ideas/{self.idea}" + ("#comments" if self.kind == "comment" else "")


class Reader(msgspec.Struct):
    """Somebody with notices to think about. Whoever cannot sign in or is blocked gets no letters."""

    id: int
    name: str
    email: str | None
    language: str | None
    often: str
    without: list[str]
    news: list[News]

    @property
    def lang(self) -> str:
        return self.language if self.language in LANGUAGES else "ru"


# The notices are locked, so that no other worker writes the same letter; those in its hands are left to it.
_DUE = """
WITH people AS (SELECT DISTINCT account FROM notice WHERE due <= $1 ORDER BY account LIMIT $2),
mine AS (SELECT n.* FROM notice n JOIN people s ON s.account = n.account WHERE n.due <= $1
    ORDER BY n.id FOR UPDATE OF n SKIP LOCKED)
SELECT a.id, a.name, CASE WHEN a.blocked IS NULL AND a.confirmed IS NOT NULL THEN a.email END AS email, a.language,
    coalesce(p.often, 'now') AS often, coalesce(p.without, '[]') AS without,
    jsonb_agg(jsonb_build_object('id', n.id, 'kind', n.kind, 'created', n.created, 'idea', n.idea, 'title', i.title,
        'why', n.data->>'why', 'verdict', n.data->>'verdict', 'status', n.data->>'status',
        'staff', coalesce((n.data->>'staff')::boolean, false), 'reason', n.data->>'reason',
        'letter', nullif(n.data->>'letter', ''), 'ideas', coalesce((n.data->>'ideas')::int, 1),
        'said', left(c.text, 400), 'size', k.size, 'read', n.read IS NOT NULL,
        'link', n.data->>'path') ORDER BY n.id) AS news
FROM mine n JOIN account a ON a.id = n.account LEFT JOIN preference p ON p.account = a.id
    LEFT JOIN idea i ON i.id = n.idea
    LEFT JOIN comment c ON n.kind = 'comment' AND c.id = (n.data->>'comment')::bigint AND c.hidden IS NULL
    LEFT JOIN cluster k ON n.kind = 'clustered' AND k.id = i.cluster
GROUP BY a.id, p.often, p.without ORDER BY a.id
"""


async def compose(settings: Settings, now: datetime | None = None) -> int:
    """Write the letters that are due; how many. Run again or twice at once, a notice is in one letter at most."""
    written = 0
    while True:
        async with database.transaction():
            readers = await _readers(now or datetime.now(UTC))
            for reader in readers:
                written += await _write(reader, settings, now or datetime.now(UTC))
        if len(readers) < PEOPLE:
            return written


async def _readers(now: datetime) -> list[Reader]:
    rows = await database.fetch(_DUE, now, PEOPLE)
    read = database.from_json
    return [
        Reader(
            **{k: row[k] for k in ("id", "name", "email", "language", "often")},
            without=read(row["without"]),
            news=msgspec.convert(read(row["news"]), list[News]),
        )
        for row in rows
    ]


async def _write(reader: Reader, settings: Settings, now: datetime) -> int:
    """Settle one person's notices: into a letter now, later, or never; 1 where a letter was written."""
    told, never, later = [], [], []
    for news in reader.news:
        moment = rules.due(reader.often, news.created)
        # A digest leaves out what the person has read in the page meanwhile.
        known = news.read and reader.often != "now"
        if reader.email is None or moment is None or known or rules.kind_of(news.kind) in reader.without:
            never.append(news.id)
        elif moment > now:
            later.append((news.id, moment))
        else:
            told.append(news)
    if never:
        await database.execute("UPDATE notice SET due = NULL WHERE id = ANY($1::bigint[])", never)
    if later:
        await database.execute(
            """UPDATE notice n SET due = t.due FROM unnest($1::bigint[], $2::timestamptz[]) t (id, due)
            WHERE n.id = t.id""",
            [id for id, _ in later], [moment for _, moment in later],
        )  # fmt: skip
    if not told:
        return 0
    kinds = {rules.kind_of(n.kind) for n in told}
    about = kinds.pop() if len(kinds) == 1 else "all"
    letter = await write_letter(
        settings,
        reader.id,
        str(reader.email),
        reader.lang,
        kind="digest" if len(told) > 1 else told[0].kind,
        subject=_subject(told, reader.lang),
        template="notice",
        name=reader.name,
        news=told[: rules.MOST],
        more=max(0, len(told) - rules.MOST),
        stop=f"{settings.address}/letters/stop/{rules.stop_token(settings.secret, reader.id, about)}",
        about=about,
    )
    await database.execute(
        "UPDATE notice SET due = NULL, letter = $2 WHERE id = ANY($1::bigint[])", [n.id for n in told], letter
    )
    return 1


def _subject(told: list[News], lang: str) -> str:
    say = translator(lang)
    first = told[0]
    if len(told) > 1:
        return say(
            message(
                "%(n)s piece of news about your ideas", "%(n)s pieces of news about your ideas", len(told)
            )
        )
    line = say(first.line).rstrip(".")
    return (
        say(message("%(line)s: “%(title)s”", line=line, title=excerpt(first.title, 100)))
        if first.title
        else line
    )


async def ask_confirmation(settings: Settings, account: int) -> None:
    """Put the letter with the confirming link into the outbox, unless the address is confirmed."""
    async with database.transaction():
        row = await database.fetch_one(
            """SELECT email, name, password, language FROM account
            WHERE id = $1 AND confirmed IS NULL AND email IS NOT NULL AND password IS NOT NULL AND blocked IS NULL""",
            account,
        )
        if row is None:
            return
        lang = row["language"] if row["language"] in LANGUAGES else "ru"
        token = confirm_token(settings.secret, account, row["password"], datetime.now(UTC))
        await write_letter(
            settings, account, row["email"], lang, kind="confirm",
            subject=translator(lang)(message("Confirm your address")), template="confirm",
            name=row["name"], link=f"{settings.address}/sign-in?confirm={token}",
        )  # fmt: skip


async def write_letter(
    settings: Settings,
    account: int,
    address: str,
    lang: str,
    *,
    kind: str,
    subject: str,
    template: str,
    **context: Any,
) -> int:
    """A letter's id. It is rendered, put into the outbox and its sending queued, in the caller's transaction."""
    environment = templates(lang)
    shared = {"address": settings.address, "subject": subject, **context}
    text = environment.get_template(f"letter/{template}.txt").render(shared)
    html = environment.get_template(f"letter/{template}.html").render(shared)
    letter = await database.fetch_value(
        """INSERT INTO letter (account, address, kind, lang, subject, text, html, state)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id""",
        account, address, kind, lang, " ".join(subject.split())[:300], text, html,
        "kept" if settings.mailbox else "waiting",
    )  # fmt: skip
    if not settings.mailbox:
        await queue.defer("ideas.notice.jobs.send", once="send", lock="send")
    return letter
