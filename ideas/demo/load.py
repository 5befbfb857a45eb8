"""Fills the campaign «Мой офис госуслуг»: its texts and three weeks of votes, then groups and some decisions."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from argon2 import PasswordHasher

from ideas import database, queue
from ideas.campaign.queries import forget_campaigns
from ideas.cluster.jobs import run_campaign
from ideas.demo import campaign, decisions, material
from ideas.demo.accounts import ACCOUNTS, PASSWORD, email
from ideas.demo.story import Story, tell
from ideas.idea.rules import fair_place, looked_at
from ideas.map.jobs import draw_now

SLUG = "my-office"
# The demo citizen wrote one idea in so many and supports one in so many, so that the account's page shows something.
_WRITTEN = 211
_SUPPORTED = 37
# How many of those who get a page of twenty look at one of its ideas, on average.
_LOOKED_AT = sum(looked_at(place) for place in range(1, 21)) / 20

Report = Callable[[str, float], None]


class Summary(msgspec.Struct):
    """What the campaign holds after loading; `added` is false where it was there before."""

    added: bool = False
    ideas: int = 0
    votes: int = 0
    comments: int = 0
    people: int = 0
    clusters: int = 0
    decisions: int = 0
    seconds: float = 0.0


def silent(stage: str, fraction: float) -> None:
    """Reports to nobody."""


async def load(report: Report = silent) -> Summary:
    """Fill the demo campaign. A second time adds nothing; what an interrupted run left out is made up for."""
    began = time.monotonic()
    summary = Summary()
    report("texts", 0.0)
    async with database.transaction() as c:
        # Two hosts may start on an empty database at once.
        await c.execute("SELECT pg_advisory_xact_lock(hashtext('ideas.demo'))")
        id = await c.fetchval("SELECT id FROM campaign WHERE slug = $1", SLUG)
        if id is None:
            id = await _fill(c, report)
            summary.added = True
    if summary.added:
        await database.analyze()
    forget_campaigns()
    if not await database.fetch_value("SELECT EXISTS (SELECT FROM cluster WHERE campaign = $1)", id):
        await run_campaign(SLUG, lambda stage, done: report(stage, 0.4 + 0.5 * done))
        await database.execute(
            "DELETE FROM procrastinate_jobs WHERE queueing_lock = $1 AND status = 'todo'", f"run:{id}"
        )
    if not await database.fetch_value("SELECT EXISTS (SELECT FROM spot WHERE campaign = $1)", id):
        await draw_now(id, lambda stage, done: report(stage, 0.9 + 0.05 * done))
        await database.execute(
            "DELETE FROM procrastinate_jobs WHERE queueing_lock = $1 AND status = 'todo'", f"map:{id}"
        )
    report("decisions", 0.95)
    await decisions.apply(id)
    row = await database.fetch_one(
        """SELECT count(*) AS ideas, coalesce(sum(votes), 0) AS votes, coalesce(sum(comments), 0) AS comments,
            (SELECT count(*) FROM account WHERE source LIKE 'demo:%') AS people,
            (SELECT count(*) FROM cluster WHERE campaign = $1 AND retired IS NULL) AS clusters,
            (SELECT count(*) FROM decision WHERE campaign = $1) AS decisions
        FROM idea WHERE campaign = $1""",
        id,
    )
    assert row is not None
    for name, value in row.items():
        setattr(summary, name, value)
    summary.seconds = time.monotonic() - began
    report("done", 1.0)
    return summary


async def _fill(c: Any, report: Report) -> int:
    now = datetime.now(UTC)
    story = tell(material.themes(), material.city(), now)
    report("campaign", 0.15)
    place = await campaign.create(c, SLUG, now)
    report("people", 0.2)
    people = await _people(c, story, now)
    report("ideas", 0.25)
    await _ideas(c, story, place, people)
    # Should this process be killed before it has grouped them, the worker does.
    await queue.defer(
        "ideas.cluster.jobs.run",
        once=f"run:{place.id}", lock=f"run:{place.id}", at=now + timedelta(minutes=5), campaign=place.id,
    )  # fmt: skip
    return place.id


async def _ids(c: Any, table: str, count: int) -> list[int]:
    """Fresh ids of a table, ascending."""
    return [
        r[0]
        for r in await c.fetch(
            "SELECT nextval(pg_get_serial_sequence($1, 'id')) FROM generate_series(1, $2)", table, count
        )
    ]


async def _people(c: Any, story: Story, now: datetime) -> list[int]:
    """The ids of the story's people, then those of the four demo accounts."""
    hashed = PasswordHasher().hash(PASSWORD)
    rows = [
        (None, None, name, "citizen", lang, f"demo:{n:04}", datetime.fromtimestamp(joined, UTC))
        for n, ((name, lang), joined) in enumerate(zip(story.people, story.joined, strict=True), 1)
    ]
    first = min(story.joined)
    rows += [
        (email(role), hashed, name, role, None, None, datetime.fromtimestamp(first, UTC))
        for role, name in ACCOUNTS
    ]
    await c.execute(
        """INSERT INTO account (email, password, name, role, language, source, created)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
            $7::timestamptz[]) ON CONFLICT DO NOTHING""",
        *(list(column) for column in zip(*rows, strict=True)),
    )
    known = await c.fetch(
        """SELECT id, coalesce(source, email) AS key FROM account
        WHERE source = ANY ($1::text[]) OR email = ANY ($2::text[])""",
        [r[5] for r in rows if r[5]],
        [r[0] for r in rows if r[0]],
    )
    by_key = {r["key"]: r["id"] for r in known}
    return [by_key[r[5] or r[0]] for r in rows]


async def _ideas(c: Any, story: Story, place: campaign.Place, people: list[int]) -> None:
    """Ideas, their votes and comments, and the ledger of all three, in the order of time."""
    ids = await _ids(c, "idea", len(story.ideas))
    ideas, votes, comments, ledger = [], [], [], []
    for n, (id, idea) in enumerate(zip(ids, story.ideas, strict=True)):
        # The demo citizen takes over every so-many-th idea, and nobody votes for an own one.
        citizen = people[len(story.people)]
        author = citizen if n % _WRITTEN == 7 else people[idea.author]
        cast = [(people[voter], moment) for voter, moment in idea.voters]
        if n % _SUPPORTED == 3 and author != citizen:
            cast.append((citizen, story.ideas[-1].created))
        created = datetime.fromtimestamp(idea.created, UTC)
        district = place.districts[idea.district] if idea.district else None
        office = place.offices[idea.office] if idea.office else None
        text = idea.text
        eyes = idea.impressions * _LOOKED_AT
        # An evenly spread fraction stands for chance.
        fair = fair_place(eyes, (n * 0.618034) % 1)
        ideas.append((
            id, place.id, author, text.title, text.text, text.lang, office, district, len(cast),
            len(idea.comments), idea.impressions, eyes, fair, created,
        ))  # fmt: skip
        ledger.append((id, "submit", author, "{}", created))
        for voter, moment in cast:
            at = datetime.fromtimestamp(moment, UTC)
            votes.append((id, voter, 1, at))
            ledger.append((id, "vote", voter, "{}", at))
        for writer, moment, remark in idea.comments:
            comments.append(
                (id, people[writer], remark.side, remark.text, datetime.fromtimestamp(moment, UTC))
            )
    votes.sort(key=lambda v: v[3])
    numbers = await _ids(c, "comment", len(comments))
    comments = [(n, *row) for n, row in zip(numbers, comments, strict=True)]
    ledger += [(r[1], "comment", r[2], database.to_json({"comment": r[0]}), r[5]) for r in comments]
    ledger.sort(key=lambda row: row[4])
    await _copy(c, "idea", "id campaign author title text lang office district votes comments impressions "
        "eyes fair created", ideas)  # fmt: skip
    await _copy(c, "vote", "idea account value created", votes)
    await _copy(c, "comment", "id idea author side text created", comments)
    await _copy(c, "ledger", "idea kind account data created", ledger)


async def _copy(c: Any, table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
    await c.copy_records_to_table(table, columns=columns.split(), records=rows)
