"""Reads of commitments: one with its milestones and news, lists with filters, what may become one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec

from ideas import database
from ideas.cluster.members import SUPPORTERS
from ideas.commitment.rules import STATUSES, overdue
from ideas.errors import NotFound, message

PAGE = 20
MOST_NEWS = 200


class Row(msgspec.Struct):
    """A commitment in a list; `supporters` as last counted of its group."""

    id: int
    title: str
    owner: str
    due: date
    status: str
    cluster: int
    ideas: int
    supporters: int
    milestones: int
    reached: int
    overdue: bool = False


class Milestone(msgspec.Struct):
    title: str
    due: date | None
    done: date | None


class News(msgspec.Struct):
    """An update as everybody reads it; `status` where it changed."""

    id: int
    text: str
    status: str | None
    created: datetime


class Commitment(msgspec.Struct):
    """A commitment whole. `supporters` are distinct people behind the group, counted now."""

    id: int
    campaign: int
    cluster: int
    cluster_name: str
    ideas: int
    supporters: int
    title: str
    text: str
    owner: str
    due: date
    budget: str
    status: str
    reason: str
    revision: int
    created: datetime
    milestones: list[Milestone]
    news: list[News]
    overdue: bool = False


class Asked(msgspec.Struct):
    """A list's filters: a status, only overdue ones, words of title or owner."""

    campaign: int
    status: str = ""
    overdue: bool = False
    q: str = ""


# A merged group's ideas stand in the one that took it in.
_STANDING = """WITH RECURSIVE way AS (SELECT id, merged_into, 1 AS n FROM cluster WHERE id = {0}
    UNION ALL SELECT c.id, c.merged_into, w.n + 1 FROM way w JOIN cluster c ON c.id = w.merged_into WHERE w.n < 50)
SELECT id FROM way ORDER BY n DESC LIMIT 1"""


async def standing(cluster: int) -> int:
    """The group that a commitment's ideas stand in now."""
    return await database.fetch_value(_STANDING.format("$1"), cluster)


async def commitment(id: int, today: date) -> Commitment:
    """One commitment; NotFound where there is none."""
    row = await database.fetch_one(
        f"""SELECT p.id, p.campaign, k.id AS cluster, k.name AS cluster_name,
            (SELECT count(*) FROM idea i WHERE i.cluster = k.id AND i.hidden IS NULL) AS ideas,
            {SUPPORTERS.format("k.id")} AS supporters,
            p.title, p.text, p.owner, p.due, p.budget, p.status, p.reason, p.revision, p.created,
            (SELECT coalesce(jsonb_agg(jsonb_build_object('title', m.title, 'due', m.due, 'done', m.done)
                ORDER BY m.position), '[]') FROM milestone m WHERE m.commitment = p.id) AS milestones,
            (SELECT coalesce(jsonb_agg(to_jsonb(u) ORDER BY u.id DESC), '[]') FROM (SELECT id, text, status, created
                FROM commitment_update WHERE commitment = p.id ORDER BY id DESC LIMIT {MOST_NEWS}) u) AS news
        FROM commitment p JOIN cluster k ON k.id = ({_STANDING.format("p.cluster")}) WHERE p.id = $1""",
        id,
    )
    if row is None:
        raise NotFound(message("There is no such commitment."))
    found: dict[str, Any] = {k: v for k, v in row.items() if k not in ("milestones", "news")}
    return Commitment(
        **found,
        milestones=msgspec.convert(database.from_json(row["milestones"]), list[Milestone]),
        news=msgspec.convert(database.from_json(row["news"]), list[News]),
        overdue=overdue(row["status"], row["due"], today),
    )


_LIST = """SELECT p.id, p.title, p.owner, p.due, p.status, p.cluster, k.size AS ideas, k.supporters,
    (SELECT count(*) FROM milestone m WHERE m.commitment = p.id) AS milestones,
    (SELECT count(*) FROM milestone m WHERE m.commitment = p.id AND m.done IS NOT NULL) AS reached
FROM commitment p JOIN cluster k ON k.id = p.cluster
WHERE p.campaign = $1 AND {where} ORDER BY p.due, p.id LIMIT {most}"""


async def listed(
    asked: Asked, today: date, after: tuple[date, int] | None = None, most: int = PAGE
) -> tuple[list[Row], tuple[date, int] | None]:
    """A page of commitments, the earliest due first, and where the next one begins."""
    parts, args = ["true"], [asked.campaign]

    def add(sql: str, *values: Any) -> None:
        numbers = [f"${len(args) + n + 1}" for n in range(len(values))]
        args.extend(values)
        parts.append(sql.format(*numbers))

    if asked.status in STATUSES:
        add("p.status = {}", asked.status)
    if asked.overdue:
        add("p.due < {} AND p.status IN ('planned', 'underway')", today)
    if asked.q:
        add("position({} in lower(p.title || ' ' || p.owner)) > 0", asked.q.lower())
    if after:
        add("(p.due, p.id) > ({}::date, {}::bigint)", *after)
    rows = await database.fetch(_LIST.format(where=" AND ".join(parts), most=most + 1), *args)
    found = database.structs(Row, rows)
    for row in found:
        row.overdue = overdue(row.status, row.due, today)
    last = found[most - 1] if len(found) > most else None
    return found[:most], (last.due, last.id) if last else None


class Tally(msgspec.Struct):
    """How many commitments of each status a campaign has, and how many are overdue."""

    planned: int = 0
    underway: int = 0
    done: int = 0
    dropped: int = 0
    overdue: int = 0

    @property
    def all(self) -> int:
        return self.planned + self.underway + self.done + self.dropped


async def tally(campaign: int, today: date) -> Tally:
    """Counts of a campaign's commitments."""
    row = await database.fetch_one(
        """SELECT count(*) FILTER (WHERE status = 'planned') AS planned,
            count(*) FILTER (WHERE status = 'underway') AS underway, count(*) FILTER (WHERE status = 'done') AS done,
            count(*) FILTER (WHERE status = 'dropped') AS dropped,
            count(*) FILTER (WHERE due < $2 AND status IN ('planned', 'underway')) AS overdue
        FROM commitment WHERE campaign = $1""",
        campaign, today,
    )  # fmt: skip
    assert row is not None
    return Tally(**row)


class Waiting(msgspec.Struct):
    """An accepted group that nobody has promised anything about."""

    id: int
    name: str
    ideas: int
    supporters: int


async def waiting(campaign: int, most: int = 30) -> list[Waiting]:
    """Accepted groups without a commitment, those with most supporters first."""
    rows = await database.fetch(
        """SELECT k.id, k.name, k.size AS ideas, k.supporters FROM cluster k
        WHERE k.campaign = $1 AND k.state = 'accepted' AND k.retired IS NULL
            AND NOT EXISTS (SELECT FROM commitment p WHERE p.cluster = k.id)
        ORDER BY k.supporters DESC, k.id LIMIT $2""",
        campaign, most,
    )  # fmt: skip
    return database.structs(Waiting, rows)


class Source(msgspec.Struct):
    """The group that a new commitment is about; `commitment`: the one that it has already."""

    id: int
    campaign: int
    name: str
    state: str
    reason: str
    commitment: int | None


async def source(cluster: int) -> Source:
    """A group with the reason of its decision; NotFound where there is none."""
    row = await database.fetch_one(
        """SELECT k.id, k.campaign, k.name, k.state, p.id AS commitment, coalesce((SELECT d.reason FROM decision d
            WHERE d.cluster = k.id AND d.undone IS NULL ORDER BY d.id DESC LIMIT 1), '') AS reason
        FROM cluster k LEFT JOIN commitment p ON p.cluster = k.id WHERE k.id = $1 AND k.retired IS NULL""",
        cluster,
    )
    if row is None:
        raise NotFound(message("There is no such group."))
    return Source(**row)
