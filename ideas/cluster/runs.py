"""The rows behind a run over a whole campaign: what it starts from, and its result written in one transaction."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

import msgspec

from ideas import database
from ideas.cluster import members

SHOWN = 50
"""So many ideas are named in an event of the history; more are counted."""


class Overtaken(Exception):
    """A moderator changed something while the run was thinking: it must look again."""


class Snapshot(msgspec.Struct):
    """What a run starts from. Lists run over the ideas; −1 is no cluster, no theme; links are pairs of positions."""

    campaign: int
    ideas: list[int]
    texts: list[str]
    moments: list[datetime]
    clusters: list[int]
    themes: list[int]
    must: list[tuple[int, int]]
    cannot: list[tuple[int, int]]
    word: int
    """The last event that a person caused: a later one overtakes the run."""


class Label(msgspec.Struct):
    """What a run calls a cluster or theme; `typical` is an idea's id."""

    name: str
    keywords: list[str]
    typical: int


class Outcome(msgspec.Struct):
    """What a run found, for the ideas of its snapshot. Labels that were not there before are new."""

    clusters: list[int]
    themes: list[int]
    similarity: list[float]
    names: dict[int, Label]
    theme_names: dict[int, Label]
    changes: list[tuple[str, tuple[int, ...], tuple[int, ...]]]


_LAST_WORD = """(SELECT coalesce(max(e.id), 0) FROM cluster_event e JOIN cluster c ON c.id = e.cluster
    WHERE c.campaign = $1 AND e.account IS NOT NULL)"""


async def snapshot(campaign: int) -> Snapshot:
    """The visible ideas of a campaign but for members of decided clusters, which no run touches."""
    async with database.transaction():
        await members.lock(campaign)
        word = await database.fetch_value(f"SELECT {_LAST_WORD}", campaign)
        rows = await database.fetch(
            """SELECT i.id, i.title || E'\\n' || i.text AS text, coalesce(i.edited, i.created) AS moment,
                coalesce(i.cluster, -1) AS cluster, coalesce(i.theme, -1) AS theme
            FROM idea i LEFT JOIN cluster c ON c.id = i.cluster
            WHERE i.campaign = $1 AND i.hidden IS NULL AND (c.id IS NULL OR c.state = 'open') ORDER BY i.id""",
            campaign,
        )
        links = await database.fetch(
            "SELECT first, second, kind FROM link WHERE campaign = $1 ORDER BY id", campaign
        )
    at = {row["id"]: n for n, row in enumerate(rows)}
    pairs: dict[str, list[tuple[int, int]]] = {"must": [], "cannot": []}
    for link in links:
        if link["first"] in at and link["second"] in at:
            pairs[link["kind"]].append((at[link["first"]], at[link["second"]]))
    columns: dict[str, list[Any]] = {
        k: [row[k] for row in rows] for k in ("id", "text", "moment", "cluster", "theme")
    }
    return Snapshot(
        campaign, columns["id"], columns["text"], columns["moment"], columns["cluster"], columns["theme"],
        pairs["must"], pairs["cannot"], word,
    )  # fmt: skip


async def write(before: Snapshot, found: Outcome) -> None:
    """Store what a run found, in the caller's transaction and under the campaign's lock.

    Ideas that were placed or edited meanwhile stay where they are now. Raises Overtaken after a moderator's word.
    """
    if await database.fetch_value(f"SELECT {_LAST_WORD}", before.campaign) != before.word:
        raise Overtaken
    clusters = await _ids(found.names, before.clusters, "cluster")
    themes = await _ids(found.theme_names, before.themes, "theme")
    await _write_themes(before.campaign, found, themes)
    await _write_clusters(before.campaign, found, clusters, themes)
    after = [clusters.get(label) for label in found.clusters]
    await database.execute(
        """UPDATE idea i SET cluster = n.cluster, theme = n.theme, similarity = n.similarity
        FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::real[])
            AS n (id, old, cluster, theme, similarity)
        WHERE i.id = n.id AND coalesce(i.cluster, -1) = n.old
            AND ((i.cluster, i.theme) IS DISTINCT FROM (n.cluster, n.theme)
                OR abs(coalesce(i.similarity, -1) - coalesce(n.similarity, -1)) > 0.001)""",
        before.ideas, before.clusters, after, [themes.get(t) for t in found.themes],
        [s if c is not None else None for s, c in zip(found.similarity, after, strict=True)],
    )  # fmt: skip
    await _retire(before, after)
    await _write_events(before, after, found, clusters)
    touched = await database.fetch(
        "SELECT id FROM cluster WHERE campaign = $1 AND (retired IS NULL OR id = ANY($2::bigint[]))",
        before.campaign, sorted(set(before.clusters)),
    )  # fmt: skip
    await members.settle(row["id"] for row in touched)


async def _ids(names: dict[int, Label], before: list[int], table: str) -> dict[int, int]:
    """Labels to rows: those of before are ids already, others get new ones."""
    old = set(before)
    fresh = sorted(label for label in names if label not in old)
    rows = await database.fetch(
        f"SELECT nextval(pg_get_serial_sequence('{table}', 'id')) AS id FROM generate_series(1, $1)",
        len(fresh),
    )
    return {label: label for label in names if label in old} | {
        label: row["id"] for label, row in zip(fresh, rows, strict=True)
    }


async def _write_themes(campaign: int, found: Outcome, ids: dict[int, int]) -> None:
    labels = list(found.theme_names)
    await database.execute(
        """INSERT INTO theme AS t (id, campaign, name, keywords) SELECT n.id, $1, n.name, n.keywords::jsonb
        FROM unnest($2::bigint[], $3::text[], $4::text[]) n (id, name, keywords)
        ON CONFLICT (id) DO UPDATE SET name = CASE WHEN t.pinned THEN t.name ELSE excluded.name END,
            keywords = excluded.keywords, retired = NULL""",
        campaign, [ids[x] for x in labels], [found.theme_names[x].name[:200] for x in labels],
        [database.to_json(found.theme_names[x].keywords) for x in labels],
    )  # fmt: skip


async def _write_clusters(campaign: int, found: Outcome, ids: dict[int, int], themes: dict[int, int]) -> None:
    theme_of = {c: themes.get(t) for c, t in zip(found.clusters, found.themes, strict=True)}
    labels = list(found.names)
    await database.execute(
        """INSERT INTO cluster AS c (id, campaign, theme, name, keywords, typical)
        SELECT n.id, $1, n.theme, n.name, n.keywords::jsonb, n.typical
        FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[])
            n (id, theme, name, keywords, typical)
        ON CONFLICT (id) DO UPDATE SET name = CASE WHEN c.pinned THEN c.name ELSE excluded.name END,
            keywords = excluded.keywords, typical = excluded.typical, theme = excluded.theme
        WHERE c.state = 'open'""",
        campaign, [ids[x] for x in labels], [theme_of.get(x) for x in labels],
        [found.names[x].name[:200] for x in labels], [database.to_json(found.names[x].keywords) for x in labels],
        [found.names[x].typical for x in labels],
    )  # fmt: skip


async def _retire(before: Snapshot, after: list[int | None]) -> None:
    """Retire what the run has emptied; an emptied cluster points to where most of its ideas went."""
    went: dict[int, Counter[int]] = defaultdict(Counter)
    for old, new in zip(before.clusters, after, strict=True):
        if old >= 0:
            went[old].update([new] if new is not None and new != old else [])
    into = {old: count.most_common(1)[0][0] if count else None for old, count in went.items()}
    await database.execute(
        """UPDATE cluster c SET retired = now(), merged_into = n.heir, changed = now()
        FROM unnest($1::bigint[], $2::bigint[]) n (id, heir)
        WHERE c.id = n.id AND c.retired IS NULL AND c.state = 'open'
            AND NOT EXISTS (SELECT FROM idea i WHERE i.cluster = c.id)""",
        list(into), list(into.values()),
    )  # fmt: skip
    await database.execute(
        """UPDATE theme t SET retired = now() WHERE t.campaign = $1 AND t.retired IS NULL AND NOT t.pinned
            AND NOT EXISTS (SELECT FROM idea i WHERE i.theme = t.id)""",
        before.campaign,
    )


async def _write_events(
    before: Snapshot, after: list[int | None], found: Outcome, ids: dict[int, int]
) -> None:
    """What became of each cluster, with the ideas that came and went."""
    came: dict[int, list[int]] = defaultdict(list)
    left: dict[int, list[int]] = defaultdict(list)
    for idea, old, new in zip(before.ideas, before.clusters, after, strict=True):
        if new != (old if old >= 0 else None):
            if new is not None:
                came[new].append(idea)
            if old >= 0:
                left[old].append(idea)
    known = {c for c in before.clusters if c >= 0}
    alive = {c for c in after if c is not None}
    lineage: dict[int, tuple[str, list[int], list[int]]] = {}
    for kind, olds, news in found.changes:
        mapped = [ids[n] for n in news if n in ids]
        if kind in ("split", "joined"):
            lineage.update({c: (kind, list(olds), mapped) for c in {*olds, *mapped}})
    rows = []
    for cluster in sorted({*came, *left}):
        added, removed = came.get(cluster, []), left.get(cluster, [])
        if cluster not in known:
            kind = "new"
        elif cluster not in alive:
            kind = "gone"
        else:
            kind = "grew" if len(added) >= len(removed) else "shrank"
        data: dict[str, Any] = {"came": len(added), "left": len(removed), "ideas": (added or removed)[:SHOWN]}
        if cluster in lineage:
            kind, data["before"], data["after"] = lineage[cluster]
        rows.append((cluster, kind, database.to_json(data)))
    await database.execute(
        """WITH touched AS (UPDATE cluster SET changed = now() WHERE id = ANY($1::bigint[]))
        INSERT INTO cluster_event (cluster, kind, data)
        SELECT n.cluster, n.kind, n.data::jsonb
        FROM unnest($1::bigint[], $2::text[], $3::text[]) n (cluster, kind, data)""",
        [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows],
    )  # fmt: skip
