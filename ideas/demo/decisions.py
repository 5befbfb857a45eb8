"""The demo moderator's decisions: each on the cluster that holds most of the group that it was written for."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ideas import database
from ideas.account.rules import Person
from ideas.demo import material
from ideas.demo.accounts import email
from ideas.errors import DomainError
from ideas.moderation.actions import Ruling, decide

# A cluster in which the group is a small minority is about something else.
LEAST_SHARE = 0.34


async def apply(campaign: int) -> int:
    """Decide where nobody has decided anything yet; how many decisions were made."""
    if await database.fetch_value("SELECT EXISTS (SELECT FROM decision WHERE campaign = $1)", campaign):
        return 0
    row = await database.fetch_one(
        "SELECT id, name, role FROM account WHERE email = $1 AND role IN ('moderator', 'admin')",
        email("moderator"),
    )
    if row is None:
        return 0
    person = Person(row["id"], row["name"], row["role"], email("moderator"))
    placed = await _placed(campaign)
    made = 0
    for group in (g for theme in material.themes() for g in theme.groups if g.decision):
        assert group.decision is not None
        own = {(text.title, text.text) for text in group.ideas}
        found = _cluster_of(own, placed)
        if found is None:
            continue
        # What the machine put beside them but says another thing stays without an answer.
        others = [idea for idea, (cluster, key) in placed.items() if cluster == found and key not in own]
        ruling = Ruling(group.decision.verdict, group.decision.reason["ru"], others)
        try:
            await decide(person, found, ruling)
        except DomainError:
            # Two groups in one cluster: the first decision stands.
            continue
        made += 1
    return made


async def _placed(campaign: int) -> dict[int, tuple[int, Any]]:
    """Every clustered idea's cluster and text."""
    rows = await database.fetch(
        "SELECT id, cluster, title, text FROM idea WHERE campaign = $1 AND cluster IS NOT NULL AND hidden IS NULL",
        campaign,
    )
    return {r["id"]: (r["cluster"], (r["title"], r["text"])) for r in rows}


def _cluster_of(own: set[Any], placed: dict[int, tuple[int, Any]]) -> int | None:
    """The cluster with most of the group, at least two of them, where they are no small minority."""
    counts = Counter(cluster for cluster, key in placed.values() if key in own)
    if not counts:
        return None
    best, held = counts.most_common(1)[0]
    size = sum(cluster == best for cluster, _ in placed.values())
    return best if held >= 2 and held / size >= LEAST_SHARE else None
