"""`python -m benchmarks.workbench`: what the moderator's workbench promises, measured on the demo campaign.

Steadiness: the demo campaign and, with `--consul FILE`, a CONSUL export in one campaign. The last tenth is held back,
the rest grouped, the best supported groups decided on; then the tenth comes in and all is grouped anew. Counted:
decided groups that changed, and members of groups that keep their group's number.

Work: a simulated moderator goes by the demo's hand-made groups and sees what the pages show. One step is a form sent:
one decision on a group (its exceptions are left out by it and wait for answers of their own), on an idea that is alone
or was left out; splitting several off at once; gathering several groups and ideas that say the same at once; answering
at once what is asked about one decided group. "Were each tick a step" counts each thing gathered or split off, and each
question, by itself. One by one, 100 ideas take 100 steps; "at best": one for each hand-made group and for each idea
that says what no other says.

Selections: one decision over 5,000 ideas in 1,000 groups, by the job that writes it, and its one undo.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from ideas import database, postgres
from ideas.account.rules import Person
from ideas.migrate import migrate
from piccolo_conf import DB

CAMPAIGN = "my-office"
DECIDED = 40
TOGETHER = 3
"""So many that say the same are split off at once, which then are a group of their own to decide on."""
FLOORS = {
    "decided groups that changed": 0,
    "members that keep their group, %": 95,
    "steps for 100 ideas": 60,
    "s": 30,
}


async def demo() -> Person:
    """The demo campaign, grouped and without decisions; the answer is its moderator."""
    from ideas.demo import decisions, load

    async def nothing(campaign: int) -> int:
        return 0

    decisions.apply, kept = nothing, decisions.apply
    try:
        await load.load()
    finally:
        decisions.apply = kept
    row = await database.fetch_one(
        "SELECT id, name FROM account WHERE role = 'moderator' ORDER BY id LIMIT 1"
    )
    assert row is not None
    return Person(row["id"], row["name"], "moderator")


async def homes() -> dict[int, int]:
    rows = await database.fetch("SELECT id, cluster FROM idea WHERE cluster IS NOT NULL AND hidden IS NULL")
    return {r["id"]: r["cluster"] for r in rows}


async def steadiness(consul: Path | None, last: str) -> dict[str, Any]:
    """`last`: the "newest" tenth (of the file, where there is one), or one by "chance"."""
    from ideas.cluster import jobs
    from ideas.moderation.actions import Ruling, decide
    from ideas.transfer.actions import import_file

    who = await demo()
    if consul:
        await import_file(consul, CAMPAIGN)
    order = "id DESC" if last == "newest" else "md5(id::text)"
    await database.execute(
        f"""UPDATE idea SET hidden = now() WHERE id IN (SELECT id FROM idea WHERE hidden IS NULL ORDER BY {order}
            LIMIT (SELECT count(*) / 10 FROM idea WHERE hidden IS NULL))"""
    )
    held = await database.fetch_value(
        "SELECT count(*) FROM idea WHERE hidden = (SELECT max(hidden) FROM idea)"
    )
    await jobs.run_campaign(CAMPAIGN)
    rows = await database.fetch(
        "SELECT id FROM cluster WHERE retired IS NULL AND size > 0 ORDER BY supporters DESC, id LIMIT $1",
        DECIDED,
    )
    for row in rows:
        await decide(who, row["id"], Ruling("accept", "Да"))
    shape = """SELECT c.id, c.name, c.state, c.typical, array_agg(i.id ORDER BY i.id) AS ideas FROM cluster c
        JOIN idea i ON i.cluster = c.id WHERE c.state <> 'open' GROUP BY c.id ORDER BY c.id"""
    before, decided = await homes(), {r["id"]: tuple(r) for r in await database.fetch(shape)}
    await database.execute("UPDATE idea SET hidden = NULL WHERE hidden >= (SELECT max(hidden) FROM idea)")
    campaign = await database.fetch_value("SELECT id FROM campaign WHERE slug = $1", CAMPAIGN)
    await jobs.place(campaign)
    began = time.monotonic()
    await jobs.run_campaign(CAMPAIGN)
    seconds = time.monotonic() - began
    after, now = await homes(), {r["id"]: tuple(r) for r in await database.fetch(shape)}
    stayed = sum(after.get(i) == c for i, c in before.items())
    return {
        "ideas": await database.fetch_value("SELECT count(*) FROM idea WHERE hidden IS NULL"),
        "held back": held,
        "groups before": len(set(before.values())),
        "decided groups that changed": sum(now.get(c) != was for c, was in decided.items()),
        "members that keep their group, %": round(100 * stayed / len(before), 1),
        "questions about decided groups": await database.fetch_value("SELECT count(*) FROM proposal"),
        "run, s": round(seconds, 1),
    }  # fmt: skip


class Moderator:
    """Goes by the hand-made groups; `steps` is what each idea cost, `ticks` what it would if each tick were a step.

    Reads nothing but what the pages show.
    """

    def __init__(self, who: Person, gold: dict[int, str]) -> None:
        self.who = who
        self.gold = gold
        self.steps: dict[int, float] = defaultdict(float)
        self.ticks = 0
        self.kinds: Counter[str] = Counter()

    def step(self, kind: str, ideas: list[int], ticks: int = 1) -> None:
        """One step, shared out among the ideas that it is about; `ticks`: so many judgements were in it."""
        self.kinds[kind] += 1
        self.ticks += ticks
        for idea in ideas:
            self.steps[idea] += 1 / len(ideas)

    async def members(self, cluster: int) -> list[int]:
        rows = await database.fetch(
            "SELECT id FROM idea WHERE cluster = $1 AND hidden IS NULL AND status = 'submitted'", cluster
        )
        return [r["id"] for r in rows]

    def main(self, ideas: list[int]) -> str:
        """The hand-made group that most of some ideas are of."""
        parts = Counter(self.gold[i] for i in ideas)
        return max(parts, key=lambda g: (parts[g], g))

    async def groups(self) -> None:
        """Every open group, the most important first."""
        from ideas.cluster import claims
        from ideas.cluster.order import Wanted

        campaign = await database.fetch_value("SELECT id FROM campaign WHERE slug = $1", CAMPAIGN)
        wanted = Wanted(campaign, order="important")
        while (cluster := await claims.take_next(self.who, wanted)) is not None:
            await self.group(cluster)

    async def group(self, cluster: int) -> None:
        """What says the same is taken in, then one decision that leaves exceptions out: they are free for others."""
        from ideas.cluster import actions as clusters
        from ideas.cluster import gather
        from ideas.cluster.near import beside
        from ideas.moderation.actions import Ruling, decide

        parts: dict[str, list[int]] = defaultdict(list)
        for idea in await self.members(cluster):
            parts[self.gold[idea]].append(idea)
        name = max(parts, key=lambda g: (len(parts[g]), g))
        for other, ideas in parts.items():
            if other != name and len(ideas) >= TOGETHER:
                await clusters.split(self.who, cluster, ideas)
                self.step("splits", ideas, len(ideas))
        shown = await beside(self.who.id, cluster=cluster)
        lone = [b.id for b in shown if b.idea and self.gold[b.id] == name]
        found = {b.id: await self.members(b.id) for b in shown if not b.idea}
        groups = [c for c, ideas in found.items() if self.main(ideas) == name]
        if len(groups) + len(lone) > 1:
            await gather.gather(self.who, cluster, groups, lone)
            taken = [*lone, *(i for c in groups for i in found[c] if self.gold[i] == name)]
            self.step("gathered at once", taken, len(groups) + len(lone))
        ideas = await self.members(cluster)
        others = [i for i in ideas if self.gold[i] != name]
        await decide(self.who, cluster, Ruling("accept", "Да", others))
        self.step("groups", [i for i in ideas if self.gold[i] == name])

    async def questions(self) -> int:
        """Every question about decided groups, group by group as the page has them; how many there were."""
        from ideas.cluster import proposals
        from ideas.moderation import answers

        campaign = await database.fetch_value("SELECT id FROM campaign WHERE slug = $1", CAMPAIGN)
        asked = 0
        while waiting := await proposals.waiting(campaign, 60, moderator=self.who.id):
            page = [p for p in waiting if p.decided == waiting[0].decided]
            typical = await database.fetch_value(
                "SELECT typical FROM cluster WHERE id = $1", waiting[0].decided
            )
            same, about = [], []
            for one in page:
                ideas = [one.idea] if one.cluster is None else await self.members(one.cluster)
                about += ideas
                if {self.gold[i] for i in ideas} == {self.gold[typical]}:
                    same.append(one.id)
            await answers.settle(self.who, same, [p.id for p in page if p.id not in same])
            self.step("same as decided", about, len(page))
            asked += len(page)
        return asked

    async def alone(self) -> None:
        """What is left: what says the same is made a group, the rest is answered one by one."""
        from ideas.cluster import gather
        from ideas.cluster.near import beside
        from ideas.moderation.actions import Ruling, decide_idea
        from ideas.moderation.queries import alone

        campaign = await database.fetch_value("SELECT id FROM campaign WHERE slug = $1", CAMPAIGN)
        while left := await alone(campaign, self.who.id, None, 1):
            idea = left[0].id
            shown = await beside(self.who.id, idea=idea)
            same = [
                b.id for b in shown if b.idea and b.cluster is None and self.gold[b.id] == self.gold[idea]
            ]
            if len(same) > 1:
                made = await gather.found(self.who, idea, same)
                self.step("gathered at once", [idea, *same], len(same))
                await self.group(made.id)
                continue
            await decide_idea(self.who, idea, Ruling("accept", "Да"))
            self.step("one by one", [idea])


async def work() -> dict[str, Any]:
    """Steps for 100 ideas of the whole demo, and of its groups that nothing was trained or tuned on."""
    from ideas.cluster import jobs
    from ideas.demo import material

    who = await demo()
    named: dict[tuple[str, str], tuple[str, bool]] = {}
    for theme in material.themes():
        for group in theme.groups:
            named |= {(t.title, t.text): (group.group, group.kept_out) for t in group.ideas}
    rows = await database.fetch("SELECT id, title, text FROM idea WHERE hidden IS NULL")
    found = {r["id"]: named.get((r["title"], r["text"]), (f"alone {r['id']}", False)) for r in rows}
    sizes = Counter(group for group, _ in found.values())
    moderator = Moderator(who, {i: group for i, (group, _) in found.items()})
    await moderator.groups()
    for _ in range(3):
        await jobs.run_campaign(CAMPAIGN)
        asked = await moderator.questions()
        await moderator.groups()
        if not asked:
            break
    await moderator.alone()
    left = await database.fetch_value(
        "SELECT count(*) FROM idea WHERE status = 'submitted' AND hidden IS NULL"
    )
    assert left == 0, "every idea has its answer"
    kept = [moderator.steps[i] for i, (_, out) in found.items() if out]
    return {
        "ideas": len(found),
        "steps for 100 ideas": round(100 * sum(moderator.steps.values()) / len(found), 1),
        "were each tick a step": round(100 * moderator.ticks / len(found), 1),
        "of groups kept out of training": round(100 * sum(kept) / max(1, len(kept)), 1),
        "at best": round(100 * len(sizes) / len(found), 1),
        **dict(moderator.kinds.most_common()),
    }


_FILL = """
WITH c AS (INSERT INTO campaign (slug, title) VALUES ('many', '{"ru": "Много"}') RETURNING id),
a AS (INSERT INTO account (name, email) SELECT 'Автор ' || n, 'a' || n || '@example.org'
    FROM generate_series(1, 700) n RETURNING id),
g AS (INSERT INTO cluster (campaign, name, size, supporters) SELECT c.id, 'Группа ' || n, 5, 5
    FROM c, generate_series(1, 1000) n RETURNING id)
INSERT INTO idea (campaign, author, title, text, cluster)
SELECT c.id, (SELECT min(id) FROM a) + n % 700, 'Идея ' || n, 'Текст', (SELECT min(id) FROM g) + n % 1000
FROM c, generate_series(1, 5000) n
"""


async def selections() -> dict[str, Any]:
    from ideas.idea.filters import Asked
    from ideas.moderation import selections
    from ideas.moderation.actions import Ruling, undo

    await database.execute(_FILL)
    id = await database.fetch_value("INSERT INTO account (name, role) VALUES ('М', 'moderator') RETURNING id")
    who = Person(id, "М", "moderator")
    began = time.monotonic()
    made = await selections.start(who, Asked(campaign="many"), Ruling("accept", "Да", (), "{name}: {title}"))
    await selections.work(made.id)
    decided = time.monotonic() - began
    began = time.monotonic()
    await undo(who, made.decision)
    return {"ideas": made.ideas, "s": round(decided, 1), "undo, s": round(time.monotonic() - began, 1)}


async def _measured(folder: Path, name: str, case: Any) -> bool:
    """Run a case in a database of its own; whether its floors hold."""
    with postgres.embedded(folder) as url:
        DB.config = {"dsn": url}
        await migrate(url)
        await database.open_pool(url)
        try:
            figures = await case()
        finally:
            await database.close_pool()
    print(name)
    fine = True
    for what, value in figures.items():
        floor = FLOORS.get(what)
        holds = floor is None or (value >= floor if "keep" in what else value <= floor)
        fine &= holds
        print(
            f"  {what}: {value}" + ("" if floor is None else f" (floor {floor}{'' if holds else ', missed'})")
        )
    return fine


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.workbench", description=__doc__)
    parser.add_argument("--consul", type=Path, help="a CONSUL export to import beside the demo campaign")
    parser.add_argument("--only", choices=("steadiness", "work", "selections"))
    options = parser.parse_args()
    cases = {
        "steadiness, the newest tenth": lambda: steadiness(options.consul, "newest"),
        "steadiness, a tenth by chance": lambda: steadiness(options.consul, "chance"),
        "work": work,
        "selections": selections,
    }
    fine = True
    for name, case in cases.items():
        if options.only and not name.startswith(options.only):
            continue
        with tempfile.TemporaryDirectory() as folder:
            Path(folder).chmod(0o755)
            fine &= asyncio.run(_measured(Path(folder) / "data", name, case))
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
