"""What the desk proposes for a principle: groups by support, each with the sentences that state it best."""

from __future__ import annotations

import asyncio

import msgspec

from ideas import database
from ideas.cluster.members import SUPPORTERS
from ml.essence import essence

SHOWN = 10
TEXTS = 40
"""So many of a group's most typical ideas are read for its sentences."""
SHARE = 1 / 3
"""A group belongs to a principle that at least such a part of its ideas is tagged with."""


class Quote(msgspec.Struct):
    """A sentence as it stands in an idea."""

    idea: int
    words: str


class Proposal(msgspec.Struct):
    """A group that may become a clause. `supporters`: distinct people, counted now; `used`: a clause has it already."""

    id: int
    name: str
    state: str
    ideas: int
    supporters: int
    used: bool
    quotes: list[Quote] = []


_PROPOSED = f"""
SELECT k.id, k.name, k.state, k.size AS ideas, {SUPPORTERS.format("k.id")} AS supporters,
    EXISTS (SELECT FROM clause_cluster cc JOIN clause c ON c.id = cc.clause AND c.removed IS NULL
        WHERE cc.cluster = k.id) AS used
FROM (SELECT k.* FROM cluster k WHERE k.campaign = $1 AND k.retired IS NULL AND k.state <> 'declined' AND k.size > 0
    AND {{belongs}} AND {{named}} ORDER BY k.supporters DESC, k.id LIMIT {SHOWN} OFFSET $2) k
ORDER BY k.supporters DESC, k.id
"""
_TAGGED = """k.id IN (SELECT i.cluster FROM idea i LEFT JOIN tag t ON t.idea = i.id AND t.principle = $3
    WHERE i.campaign = $1 AND i.hidden IS NULL AND i.cluster IS NOT NULL
    GROUP BY i.cluster HAVING count(t.principle) >= 0.333 * count(*))"""


async def proposed(
    campaign: int, principle: int | None, lang: str, start: int = 0, q: str = ""
) -> list[Proposal]:
    """Groups under a principle (None: all), those with most distinct people first, from number `start` on."""
    belongs = _TAGGED if principle is not None else "$3::bigint IS NULL"
    sql = _PROPOSED.format(belongs=belongs, named="($4 = '' OR position($4 in lower(k.name)) > 0)")
    rows = await database.fetch(sql, campaign, start, principle, q.lower())
    found = database.structs(Proposal, rows)
    await _quote(found, lang)
    return found


async def leading_principle(clusters: list[int]) -> int | None:
    """The principle that most ideas of groups are tagged with, None where it is less than a third of them."""
    return await database.fetch_value(
        """WITH own AS (SELECT id FROM idea WHERE cluster = ANY($1::bigint[]) AND hidden IS NULL)
        SELECT t.principle FROM own JOIN tag t ON t.idea = own.id GROUP BY t.principle
        HAVING 3 * count(*) >= (SELECT count(*) FROM own) ORDER BY count(*) DESC, t.principle LIMIT 1""",
        clusters,
    )


async def starting_text(clusters: list[int], lang: str) -> str:
    """What a new clause begins with: the best sentence of each of its groups."""
    found = [Proposal(id, "", "", 0, 0, False) for id in dict.fromkeys(clusters)]
    await _quote(found, lang)
    return "\n\n".join(p.quotes[0].words for p in found if p.quotes)


async def _quote(found: list[Proposal], lang: str) -> None:
    texts = await database.fetch(
        """SELECT cluster, id, title, text FROM (SELECT i.cluster, i.id, i.title, i.text, row_number() OVER (
            PARTITION BY i.cluster ORDER BY i.similarity DESC NULLS LAST, i.id) AS place FROM idea i
            WHERE i.cluster = ANY($1::bigint[]) AND i.hidden IS NULL) x WHERE place <= $2 ORDER BY cluster, place""",
        [p.id for p in found], TEXTS,
    )  # fmt: skip

    def quote() -> None:
        for proposal in found:
            mine = [r for r in texts if r["cluster"] == proposal.id]
            best = essence([f"{r['title']}.\n{r['text']}" for r in mine], lang)
            proposal.quotes = [Quote(mine[s.text]["id"], s.words) for s in best]

    # Words are looked up in dictionaries for tenths of a second; other requests go on meanwhile.
    await asyncio.to_thread(quote)
