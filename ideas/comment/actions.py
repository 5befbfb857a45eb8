"""Writing comments."""

from __future__ import annotations

import asyncpg

from ideas import database
from ideas.account.rules import Person
from ideas.campaign.rules import closed
from ideas.comment.rules import check_comment
from ideas.errors import Invalid
from ideas.idea.detail import CommentView, no_such_idea
from ideas.notice.actions import tell_others, think_of_letters


async def publish(person: Person, idea: int, side: str, text: str) -> CommentView:
    """Say something about an idea: the comment, the idea's counter, the ledger and the author's notice at once."""
    if errors := check_comment(side, text):
        raise Invalid(errors=errors)
    about = {"side": side, "staff": person.role != "citizen"}
    async with database.transaction() as c:
        row: asyncpg.Record | None = await c.fetchrow(
            """WITH place AS (UPDATE idea i SET comments = comments + 1 WHERE i.id = $1 AND i.hidden IS NULL
                AND EXISTS (SELECT FROM stage s WHERE s.campaign = i.campaign AND s.comment
                    AND s.opens <= now() AND now() < s.closes) RETURNING i.id, i.author),
            fresh AS (INSERT INTO comment (idea, author, side, text) SELECT id, $2, $3, $4 FROM place
                RETURNING id, idea, created),
            noted AS (INSERT INTO ledger (idea, kind, account, data)
                SELECT idea, 'comment', $2, jsonb_build_object('comment', id) FROM fresh),
            told AS (INSERT INTO notice (account, idea, kind, event, data)
                SELECT p.author, p.id, 'comment', 'comment:' || f.id, $5::jsonb || jsonb_build_object(
                    'why', 'mine', 'comment', f.id)
                FROM place p JOIN fresh f ON f.idea = p.id
                WHERE p.author <> $2 RETURNING id)
            SELECT f.id, f.created, EXISTS (SELECT FROM told) AS told,
                EXISTS (SELECT FROM follow w WHERE w.idea = $1) AS followed
            FROM idea i LEFT JOIN fresh f ON f.idea = i.id WHERE i.id = $1 AND i.hidden IS NULL""",
            idea, person.id, side, text, database.to_json(about),
        )  # fmt: skip
        if row is None:
            raise no_such_idea()
        if row["id"] is None:
            raise closed("comment")
        if row["followed"]:
            await tell_others(
                "comment", f"comment:{row['id']}", by=person.id, ideas=[idea], to=["follow"],
                data={**about, "comment": row["id"]},
            )  # fmt: skip
        elif row["told"]:
            await think_of_letters()
    return CommentView(row["id"], person.name, side, text, row["created"], person.role != "citizen")
