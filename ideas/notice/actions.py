"""Telling people, each once about one event; following; how somebody wants letters.

Authors are told in the transaction of what happened. Those who support or follow can be very many, so a job tells
them, in steps that can be run again: a notice's event and account are unique.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ideas import database, queue
from ideas.account.rules import Person
from ideas.errors import Invalid, message
from ideas.idea.detail import no_such_idea
from ideas.notice import rules

TOLD_OUTSIDE = ("decision", "undone", "status")
"""What other programs may be told of, too."""
STEP = 50
"""Ideas whose supporters are told in one statement."""


async def follow(person: Person, idea: int) -> None:
    """Hear of an idea from now on; twice is once."""
    async with database.transaction() as c:
        found = await c.fetchval(
            """WITH place AS (SELECT id FROM idea WHERE id = $1 AND hidden IS NULL),
            done AS (INSERT INTO follow (idea, account) SELECT id, $2 FROM place ON CONFLICT DO NOTHING)
            SELECT id FROM place""",
            idea, person.id,
        )  # fmt: skip
        if found is None:
            raise no_such_idea()


async def unfollow(person: Person, idea: int) -> None:
    """Hear of an idea no longer, unless one is its author or supports it."""
    found = await database.fetch_value(
        """WITH gone AS (DELETE FROM follow WHERE idea = $1 AND account = $2)
        SELECT id FROM idea WHERE id = $1""",
        idea, person.id,
    )  # fmt: skip
    if found is None:
        raise no_such_idea()


async def think_of_letters() -> None:
    """Queue the job that writes letters about new notices; in the transaction that made them."""
    await queue.defer("ideas.notice.jobs.compose", once="compose", lock="compose")


async def tell_others(
    kind: str,
    event: str,
    *,
    by: int | None,
    data: dict[str, Any] | None = None,
    to: Sequence[str] = ("vote", "follow"),
    ideas: Sequence[int] = (),
    decision: int | None = None,
) -> None:
    """Queue telling those who support (`vote`) or `follow` ideas, or the ideas of a decision; `by` is left out."""
    await queue.defer(
        "ideas.notice.jobs.spread", lock=f"spread:{decision or event}",
        kind=kind, event=event, by=by, data=data or {}, to=list(to), ideas=list(ideas), decision=decision,
    )  # fmt: skip
    if kind in TOLD_OUTSIDE:
        # Webhooks stand to the right of this slice; their job is known by name.
        await queue.defer(
            "ideas.webhook.jobs.announce",
            event=event, kind=kind, data=data or {}, decision=decision, ideas=list(ideas),
        )  # fmt: skip


_SPREAD = """
INSERT INTO notice (account, idea, kind, event, data)
SELECT DISTINCT ON (p.account) p.account, p.idea, $2, $3, $4::jsonb || jsonb_build_object('why', p.why) FROM (
    SELECT f.account, f.idea, 'follow' AS why FROM follow f WHERE f.idea = ANY($1::bigint[]) AND 'follow' = ANY($5)
    UNION ALL SELECT v.account, v.idea, 'vote' FROM vote v
        WHERE v.idea = ANY($1::bigint[]) AND v.value = 1 AND 'vote' = ANY($5)) p
JOIN account a ON a.id = p.account AND a.email IS NOT NULL AND a.blocked IS NULL
WHERE p.account <> $6 AND ($7::bigint IS NULL OR EXISTS (SELECT FROM decision d WHERE d.id = $7 AND d.undone IS NULL))
ORDER BY p.account, p.why, p.idea
ON CONFLICT DO NOTHING
"""
# Whoever was told of a decision is told that it is withdrawn.
_WITHDRAWN = """
WITH told AS (SELECT account, idea, data->>'why' AS why FROM notice
    WHERE event = $1 AND account > $2 ORDER BY account LIMIT 5000),
done AS (INSERT INTO notice (account, idea, kind, event, data)
    SELECT account, idea, 'undone', $3, $4::jsonb || jsonb_build_object('why', why) FROM told WHERE account <> $5
    ON CONFLICT DO NOTHING)
SELECT max(account) FROM told
"""


async def spread(
    kind: str,
    event: str,
    by: int | None,
    data: dict[str, Any],
    to: Sequence[str],
    ideas: Sequence[int] = (),
    decision: int | None = None,
) -> None:
    """The body of the job that `tell_others` queues; however often it runs, everybody is told once."""
    said = database.to_json(data)
    if kind == "undone":
        last = 0
        while last is not None:
            last = await database.fetch_value(_WITHDRAWN, f"decision:{decision}", last, event, said, by or 0)
    else:
        if decision is not None:
            rows = await database.fetch("SELECT idea FROM ruling WHERE decision = $1 ORDER BY idea", decision)
            ideas = [row["idea"] for row in rows]
        for n in range(0, len(ideas), STEP):
            await database.execute(
                _SPREAD, ideas[n : n + STEP], kind, event, said, list(to), by or 0, decision
            )
    await think_of_letters()


async def tell_joined(clusters: Iterable[int]) -> None:
    """Tell authors, once for each idea, that it stands in a group with somebody else's; in the caller's transaction."""
    done = await database.execute(
        """INSERT INTO notice (account, idea, kind, event, data)
        SELECT i.author, i.id, 'clustered', 'clustered:' || i.id,
            jsonb_build_object('why', 'mine', 'cluster', c.id)
        FROM cluster c JOIN idea i ON i.cluster = c.id AND i.hidden IS NULL
            JOIN account a ON a.id = i.author AND a.email IS NOT NULL AND a.blocked IS NULL
        WHERE c.id = ANY($1::bigint[]) AND c.retired IS NULL AND EXISTS (
            SELECT FROM idea o WHERE o.cluster = c.id AND o.author <> i.author AND o.hidden IS NULL)
        ON CONFLICT DO NOTHING""",
        sorted(set(clusters)),
    )
    if done != "INSERT 0 0":
        await think_of_letters()


async def tell_status(ideas: Sequence[int], status: str, event: str, by: int | None, note: str = "") -> None:
    """Tell authors, supporters and followers that ideas have gone on (`standard`, `done`), in the caller's transaction.

    `event` names the change for good (e.g. a ledger row's), so that telling twice is telling once.
    """
    data = {"status": status, "reason": note}
    await _tell_authors("status", ideas, event, by, data)
    await tell_others("status", event, by=by, data=data, ideas=ideas)


async def tell_hidden(idea: int, hide: bool, by: int) -> None:
    """Tell an idea's author that it is hidden, or visible again, in the caller's transaction; once for each time."""
    event = await database.fetch_value(
        "SELECT max(id) FROM ledger WHERE idea = $1 AND kind IN ('hide', 'show')", idea
    )
    await _tell_authors("status", [idea], f"hide:{event}", by, {"status": "hidden" if hide else "shown"})


async def tell_cited(ideas: Sequence[int], clause: int, by: int | None, path: str = "") -> None:
    """Tell that a clause of the standard cites ideas, in the caller's transaction; `path` leads to the clause."""
    data = {"clause": clause, **({"path": path} if path else {})}
    await _tell_authors("clause", ideas, f"clause:{clause}", by, data)
    await tell_others("clause", f"clause:{clause}", by=by, data=data, ideas=ideas)


async def tell_commitment(ideas: Sequence[int], update: int, by: int | None, path: str, text: str) -> None:
    """Tell what is new about the commitment made for ideas, in the caller's transaction; each update once."""
    data = {"path": path, "reason": text}
    await _tell_authors("commitment", ideas, f"commitment:{update}", by, data)
    await tell_others("commitment", f"commitment:{update}", by=by, data=data, ideas=ideas)


async def _tell_authors(
    kind: str, ideas: Sequence[int], event: str, by: int | None, data: dict[str, Any]
) -> None:
    await database.execute(
        """INSERT INTO notice (account, idea, kind, event, data)
        SELECT i.author, i.id, $2, $3, $4::jsonb || '{"why": "mine"}' FROM idea i
            JOIN account a ON a.id = i.author AND a.email IS NOT NULL
        WHERE i.id = ANY($1::bigint[]) AND i.author <> $5 ORDER BY i.id ON CONFLICT DO NOTHING""",
        list(ideas), kind, event, database.to_json(data), by or 0,
    )  # fmt: skip
    await think_of_letters()


async def set_preference(account: int, often: str, without: Sequence[str]) -> None:
    """How often letters come and which kinds never do; what waits for a letter goes by the new choice."""
    if often not in rules.OFTEN or any(kind not in rules.KINDS for kind in without):
        raise Invalid(errors={"often": message("Choose how often letters should come")})
    await database.execute(
        """WITH again AS (UPDATE notice SET due = now() WHERE account = $1 AND due IS NOT NULL)
        INSERT INTO preference (account, often, without) VALUES ($1, $2, $3)
        ON CONFLICT (account) DO UPDATE SET often = $2, without = $3""",
        account, often, database.to_json(sorted(set(without))),
    )  # fmt: skip


async def stop(account: int, kind: str) -> None:
    """No more letters of a kind, or `all`, to an account; as often as one likes."""
    await database.execute(
        """INSERT INTO preference AS p (account, often, without) SELECT id,
            CASE WHEN $2 = 'all' THEN 'never' ELSE 'now' END,
            CASE WHEN $2 = 'all' THEN '[]' ELSE jsonb_build_array($2::text) END FROM account WHERE id = $1
        ON CONFLICT (account) DO UPDATE SET often = CASE WHEN $2 = 'all' THEN 'never' ELSE p.often END,
            without = CASE WHEN $2 = 'all' OR p.without ? $2 THEN p.without ELSE p.without || to_jsonb($2::text) END""",
        account, kind,
    )  # fmt: skip


async def resume(account: int, kind: str) -> None:
    """Take `stop` back."""
    await database.execute(
        """UPDATE preference SET often = CASE WHEN $2 = 'all' AND often = 'never' THEN 'now' ELSE often END,
            without = without - $2 WHERE account = $1""",
        account, kind,
    )  # fmt: skip
