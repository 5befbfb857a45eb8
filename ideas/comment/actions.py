"""Writing comments."""

from __future__ import annotations

import asyncpg

from ideas import database
from ideas.account.rules import Person
from ideas.campaign.rules import closed
from ideas.comment.rules import check_comment
from ideas.errors import Invalid
from ideas.idea.detail import CommentView, no_such_idea


async def publish(person: Person, idea: int, side: str, text: str) -> CommentView:
    """Say something about an idea: the comment, the idea's counter, the ledger and the author's notice at once."""
    if errors := check_comment(side, text):
        raise Invalid(errors=errors)
    async with database.transaction() as c:
        row: asyncpg.Record | None = await c.fetchrow(
            """WITH place AS (UPDATE idea i SET comments = comments + 1 WHERE i.id = $1 AND i.hidden IS NULL
                AND EXISTS (SELECT FROM stage s WHERE s.campaign = i.campaign AND s.comment
                    AND s.opens <= now() AND now() < s.closes) RETURNING i.id, i.author),
            fresh AS (INSERT INTO comment (idea, author, side, text) SELECT id, $2, $3, $4 FROM place
                RETURNING id, idea, created),
            noted AS (INSERT INTO ledger (idea, kind, account, data)
                SELECT idea, 'comment', $2, jsonb_build_object('comment', id) FROM fresh),
            told AS (INSERT INTO notice (account, idea, kind, data)
                SELECT p.author, p.id, 'comment', jsonb_build_object('comment', f.id, 'side', $3::text)
                FROM place p JOIN fresh f ON f.idea = p.id WHERE p.author <> $2)
            SELECT f.id, f.created FROM idea i LEFT JOIN fresh f ON f.idea = i.id
            WHERE i.id = $1 AND i.hidden IS NULL""",
            idea, person.id, side, text,
        )  # fmt: skip
        if row is None:
            raise no_such_idea()
        if row["id"] is None:
            raise closed("comment")
    return CommentView(row["id"], person.name, side, text, row["created"], person.role != "citizen")
