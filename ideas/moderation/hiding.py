"""Hiding ideas and comments from everybody, and showing them again. Nothing is deleted, no vote is touched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ideas import audit, database
from ideas.account import scopes
from ideas.account.rules import Person
from ideas.cluster import members
from ideas.errors import NotFound, message
from ideas.notice import actions as notices

_IDEAS = """
WITH done AS (UPDATE idea SET hidden = CASE WHEN $2 THEN now() END, hidden_by = CASE WHEN $2 THEN $3 END
    WHERE id = ANY($1::bigint[]) AND CASE WHEN $2 THEN hidden IS NULL ELSE hidden_by = $3 END RETURNING id, cluster),
noted AS (INSERT INTO ledger (idea, kind, account, data)
    SELECT id, CASE WHEN $2 THEN 'hide' ELSE 'show' END, $4, jsonb_build_object('by', $3::text) FROM done)
SELECT DISTINCT cluster FROM done WHERE cluster IS NOT NULL
"""
_COMMENTS = """
WITH done AS (UPDATE comment SET hidden = CASE WHEN $2 THEN now() END, hidden_by = CASE WHEN $2 THEN $3 END
    WHERE id = ANY($1::bigint[]) AND CASE WHEN $2 THEN hidden IS NULL ELSE hidden_by = $3 END RETURNING id, idea),
noted AS (INSERT INTO ledger (idea, kind, account, data)
    SELECT idea, CASE WHEN $2 THEN 'hide' ELSE 'show' END, $4, jsonb_build_object('by', $3::text, 'comment', id)
    FROM done)
UPDATE idea i SET comments = greatest(0, i.comments + CASE WHEN $2 THEN -n.n ELSE n.n END)
FROM (SELECT idea, count(*) AS n FROM done GROUP BY idea) n WHERE i.id = n.idea
"""


async def put_away(
    ideas: Sequence[int], comments: Sequence[int], hide: bool, by: str, person: int | None
) -> None:
    """Hide, or show what `by` (moderator, block) has hidden, in the caller's transaction; groups are counted anew."""
    rows = await database.fetch(
        "SELECT DISTINCT campaign FROM idea WHERE id = ANY($1::bigint[]) ORDER BY campaign", list(ideas)
    )
    for row in rows:
        await members.lock(row["campaign"])
    about = await database.fetch(
        "SELECT DISTINCT idea FROM comment WHERE id = ANY($1::bigint[])", list(comments)
    )
    await members.lock_ideas([*ideas, *(r["idea"] for r in about)])
    if comments:
        await database.execute(_COMMENTS, list(comments), hide, by, person)
    if ideas:
        touched = await database.fetch(_IDEAS, list(ideas), hide, by, person)
        await members.settle(row["cluster"] for row in touched)


async def set_hidden(person: Person, idea: int, comment: int | None, hide: bool) -> None:
    """A moderator hides an idea or one comment on it, or shows it again."""
    async with database.transaction():
        found = await database.fetch_value(
            """SELECT i.campaign FROM idea i WHERE i.id = $1 AND ($2::bigint IS NULL
                OR EXISTS (SELECT FROM comment c WHERE c.id = $2 AND c.idea = i.id))""",
            idea, comment,
        )  # fmt: skip
        if found is None:
            raise NotFound(message("There is no such idea."))
        await scopes.require_ideas(person, [idea])
        await put_away([] if comment else [idea], [comment] if comment else [], hide, "moderator", person.id)
        if comment is None:
            await notices.tell_hidden(idea, hide, person.id)
        subject = f"comment:{comment}" if comment else f"idea:{idea}"
        await audit.note(person.id, "hide" if hide else "show", subject, found)


async def follow_block(account: int) -> None:
    """Make what a person wrote hidden while they are blocked, and visible once they are not; can be run again."""
    async with database.transaction():
        row: Any = await database.fetch_one(
            "SELECT blocked IS NOT NULL AS blocked FROM account WHERE id = $1 FOR UPDATE", account
        )
        if row is None:
            return
        ideas = await database.fetch(
            "SELECT id FROM idea WHERE author = $1 AND CASE WHEN $2 THEN hidden IS NULL ELSE hidden_by = 'block' END",
            account, row["blocked"],
        )  # fmt: skip
        comments = await database.fetch(
            """SELECT id FROM comment
            WHERE author = $1 AND CASE WHEN $2 THEN hidden IS NULL ELSE hidden_by = 'block' END""",
            account, row["blocked"],
        )  # fmt: skip
        await put_away([r["id"] for r in ideas], [r["id"] for r in comments], row["blocked"], "block", None)
