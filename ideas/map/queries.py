"""What the map and its table show."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from ideas import database
from ideas.campaign.rules import Campaign
from ideas.idea.filters import Filters, conditions
from ideas.map import rules
from ideas.moderation.selections import UNANSWERED

MOST = 50_000
"""So many ideas are drawn; of more, those with most support."""
NAMED = 1000
"""So many groups have their names on the map, the largest first."""
ROWS = 300
ORDERS = {
    "ideas": "ideas DESC, id",
    "clusters": "clusters DESC, id",
    "people": "people DESC, id",
    "waiting": "waiting DESC, id",
    "name": "name, id",
}


class Legend(msgspec.Struct):
    """A theme on the map: `number` by its size, from 1; `hue` is the number of its colour."""

    id: int
    name: str
    number: int
    hue: int
    ideas: int


class Row(msgspec.Struct):
    """A theme or a group in the table; id is None for ideas without. `waiting`: ideas that nobody has answered."""

    id: int | None
    name: str | None
    ideas: int
    clusters: int
    people: int
    votes: int
    waiting: int


async def legend(campaign: int) -> list[Legend]:
    """The themes of a campaign, the largest first."""
    rows = await database.fetch(
        """SELECT t.id, t.name, count(*) AS ideas, coalesce(avg(s.x), 0)::float8 AS x,
            coalesce(avg(s.y), 0)::float8 AS y
        FROM theme t JOIN idea i ON i.theme = t.id AND i.hidden IS NULL LEFT JOIN spot s ON s.idea = i.id
        WHERE t.campaign = $1 AND i.campaign = $1 GROUP BY t.id ORDER BY count(*) DESC, t.id LIMIT 500""",
        campaign,
    )
    hues = rules.hues([(row["id"], row["x"], row["y"]) for row in rows])
    return [Legend(r["id"], r["name"], n, hues[r["id"]], r["ideas"]) for n, r in enumerate(rows, 1)]


async def drawn(where: Campaign) -> bytes:
    """The map as `rules.packed` writes it."""
    rows = await database.fetch(
        f"""SELECT * FROM (SELECT i.id, s.x, s.y, coalesce(i.theme, 0) AS theme, coalesce(i.cluster, 0) AS cluster,
            coalesce(i.district, 0) AS district, i.support, i.status, ({UNANSWERED}) AS waits
        FROM spot s JOIN idea i ON i.id = s.idea WHERE s.campaign = $1 AND i.hidden IS NULL
        ORDER BY i.support DESC, i.id LIMIT {MOST}) most ORDER BY id""",
        where.id,
    )
    themes = await legend(where.id)
    clusters = await database.fetch(
        "SELECT id, name FROM cluster WHERE campaign = $1 AND retired IS NULL AND size > 0 ORDER BY size DESC, id",
        where.id,
    )
    column = {
        k: np.array([r[k] for r in rows], np.float64)
        for k in ("id", "x", "y", "theme", "cluster", "district", "support")
    }
    status = {name: n for n, name in enumerate(rules.STATUSES)}
    principles = await _principles(where, column["id"])
    columns = column | {
        "theme": _indices(column["theme"], [t.id for t in themes]),
        "cluster": _indices(column["cluster"], [c["id"] for c in clusters]),
        "district": _indices(column["district"], [d.id for d in where.districts]),
        "status": np.array(
            [status[r["status"]] | (rules.WAITS if r["waits"] else 0) for r in rows], np.uint8
        ),
        "principles": principles,
    }
    header = {
        "themes": [{"id": t.id, "name": t.name, "number": t.number, "hue": t.hue} for t in themes],
        "clusters": [[c["id"], c["name"] if n < NAMED else ""] for n, c in enumerate(clusters)],
        "districts": [d.slug for d in where.districts],
        "principles_known": [p.slug for p in where.principles][:32],
        "statuses": rules.STATUSES,
    }
    return rules.packed(header, columns)


def _indices(values: np.ndarray, known: list[int]) -> np.ndarray:
    """Positions of ids in a list, NOTHING for those that are not in it or past its end."""
    at = {float(id): n for n, id in enumerate(known[: rules.NOTHING])}
    return np.array([at.get(v, rules.NOTHING) for v in values.tolist()], np.int64)


async def _principles(where: Campaign, ids: np.ndarray) -> np.ndarray:
    """(n,) bits of the principles of ideas whose ascending ids are given."""
    bits = {p.id: 1 << n for n, p in enumerate(where.principles[:32])}
    tags = await database.fetch(
        "SELECT t.idea, t.principle FROM tag t JOIN spot s ON s.idea = t.idea WHERE s.campaign = $1", where.id
    )
    out = np.zeros(len(ids), np.uint32)
    if not len(ids):
        return out
    at = np.searchsorted(ids, [float(t["idea"]) for t in tags])
    for n, tag in zip(at.tolist(), tags, strict=True):
        if n < len(ids) and ids[n] == tag["idea"]:
            out[n] |= bits.get(tag["principle"], 0)
    return out


async def table(filters: Filters, order: str, *, by: str = "theme") -> list[Row]:
    """Themes, or with by="cluster" the groups, of the ideas that filters leave; at most ROWS."""
    condition, args = conditions(filters)
    part, names = ("theme", "theme") if by == "theme" else ("cluster", "cluster")
    rows = await database.fetch(
        f"""WITH chosen AS MATERIALIZED (SELECT i.id, i.author, i.{part} AS part, i.cluster, i.support,
            ({UNANSWERED}) AS waits FROM idea i WHERE {condition}),
        persons AS (SELECT part, count(*) AS people FROM (SELECT part, author FROM chosen
            UNION SELECT c.part, v.account FROM chosen c JOIN vote v ON v.idea = c.id AND v.value = 1) p GROUP BY part)
        SELECT c.part AS id, n.name, count(*) AS ideas, count(DISTINCT c.cluster) AS clusters,
            coalesce(max(p.people), 0) AS people, coalesce(sum(c.support), 0) AS votes,
            count(*) FILTER (WHERE c.waits) AS waiting
        FROM chosen c LEFT JOIN persons p ON p.part IS NOT DISTINCT FROM c.part LEFT JOIN {names} n ON n.id = c.part
        GROUP BY c.part, n.name ORDER BY {ORDERS[order]} LIMIT {ROWS}""",
        *args,
    )
    return database.structs(Row, rows)


async def matches(filters: Filters) -> list[int]:
    """Ids of the ideas on the map that filters leave."""
    condition, args = conditions(filters)
    rows = await database.fetch(
        f"SELECT i.id FROM idea i JOIN spot s ON s.idea = i.id WHERE {condition} ORDER BY i.id LIMIT {MOST}",
        *args,
    )
    return [row["id"] for row in rows]


async def titles(campaign: int, ids: list[int]) -> dict[str, Any]:
    """What is shown of ideas that are pointed at, by id."""
    rows = await database.fetch(
        """SELECT i.id, i.title, i.support, c.name AS cluster FROM idea i LEFT JOIN cluster c ON c.id = i.cluster
        WHERE i.campaign = $1 AND i.id = ANY($2::bigint[]) AND i.hidden IS NULL""",
        campaign, ids,
    )  # fmt: skip
    return {str(r["id"]): {"title": r["title"], "votes": r["support"], "cluster": r["cluster"]} for r in rows}


async def to_draw(campaign: int, version: str) -> list[Any]:
    """Visible ideas with a vector of the encoder's version, with their place on the last map: id, vector, cluster,
    x, y (None where they were not on it)."""
    return await database.fetch(
        f"""SELECT i.id, e.vector, coalesce(i.cluster, -1) AS cluster, s.x, s.y FROM idea i
            JOIN embedding e ON e.idea = i.id AND e.version = $2 LEFT JOIN spot s ON s.idea = i.id AND s.drawn
        WHERE i.campaign = $1 AND i.hidden IS NULL ORDER BY i.support DESC, i.id LIMIT {MOST}""",
        campaign, version,
    )  # fmt: skip


async def to_add(campaign: int, version: str, limit: int) -> list[Any]:
    """Ideas with a vector that are not on the map yet: id, vector."""
    return await database.fetch(
        """SELECT i.id, e.vector FROM idea i JOIN embedding e ON e.idea = i.id AND e.version = $2
        WHERE i.campaign = $1 AND i.hidden IS NULL AND NOT EXISTS (SELECT FROM spot s WHERE s.idea = i.id)
        ORDER BY i.id LIMIT $3""",
        campaign, version, limit,
    )  # fmt: skip


async def places(ids: list[int]) -> dict[int, tuple[float, float]]:
    """Where ideas stand on the map."""
    rows = await database.fetch("SELECT idea, x, y FROM spot WHERE idea = ANY($1::bigint[])", ids)
    return {row["idea"]: (row["x"], row["y"]) for row in rows}
