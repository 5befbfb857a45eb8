"""Signing the standard, which makes a version that never changes, and publishing it."""

from __future__ import annotations

import msgspec

from ideas import audit, database
from ideas.account.rules import Person
from ideas.campaign.rules import Campaign
from ideas.cluster.members import lock_ideas
from ideas.errors import Conflict, message
from ideas.notice.actions import tell_cited
from ideas.standard import evidence, queries, rules
from ideas.standard.actions import Overtaken, begin, locked


async def sign(person: Person, campaign: Campaign, revision: int, signer: str, post: str) -> int:
    """Sign the document as it stands; the version's number. Overtaken where it changed after `revision`.

    A document that is signed already as it stands keeps its version.
    """
    rules.check_signature(signer, post)
    async with database.transaction():
        standard = await locked((await begin(campaign)).id)
        if standard.revision != revision:
            raise Overtaken(
                message("The document has changed since you opened it. Read it again before you sign.")
            )
        known = await database.fetch_value(
            "SELECT number FROM standard_version WHERE standard = $1 AND revision = $2", standard.id, revision
        )
        if known:
            return known
        document = await queries.working(campaign, standard)
        if not document.clauses:
            raise Conflict(message("There is no clause yet."))
        bare = [c.number for c in document.clauses if not c.ideas]
        if bare:
            raise Conflict(message("No idea stands behind clause %(number)s.", number=", ".join(bare[:5])))
        row = await database.fetch_one(
            """INSERT INTO standard_version (standard, number, revision, content, signer, post, account)
            SELECT $1, coalesce(max(number), 0) + 1, $2, $3::jsonb, $4, $5, $6 FROM standard_version WHERE standard = $1
            RETURNING id, number""",
            standard.id, revision, msgspec.json.encode(document).decode(), signer, post, person.id,
        )  # fmt: skip
        assert row is not None
        await evidence.cite(row["id"], {c.id: c.number for c in document.clauses})
        await audit.note(
            person.id,
            "sign",
            f"standard:{standard.id}",
            campaign.id,
            version=row["number"],
            what=f"{signer}, {post}",
        )
        return row["number"]


async def publish(person: Person, campaign: Campaign, number: int) -> bool:
    """Publish a signed version; whether it was not yet. Those behind its ideas are told, once for each clause."""
    async with database.transaction():
        standard = await locked((await begin(campaign)).id)
        row = await database.fetch_one(
            """SELECT id, published, number = (SELECT max(number) FROM standard_version WHERE standard = $1) AS last
            FROM standard_version WHERE standard = $1 AND number = $2""",
            standard.id, number,
        )  # fmt: skip
        if row is None:
            raise Conflict(message("Only a signed version can be published."))
        if row["published"]:
            return False
        if not row["last"]:
            raise Conflict(message("A newer version is signed: publish that one."))
        await database.execute(
            "UPDATE standard_version SET published = now(), published_by = $2 WHERE id = $1",
            row["id"],
            person.id,
        )
        await _tell(person, campaign, row["id"])
        await audit.note(person.id, "publish", f"standard:{standard.id}", campaign.id, version=number)
        return True


async def _tell(person: Person, campaign: Campaign, version: int) -> None:
    """Accepted ideas that are cited stand in the standard now; authors, supporters and followers hear of the clause."""
    rows = await database.fetch(
        "SELECT clause, array_agg(idea ORDER BY idea) AS ideas FROM citation WHERE version = $1 GROUP BY clause "
        "ORDER BY clause",
        version,
    )
    cited = sorted({idea for row in rows for idea in row["ideas"]})
    await lock_ideas(cited)
    await database.execute(
        """WITH old AS (SELECT id, status FROM idea WHERE id = ANY($1::bigint[]) AND status = 'accepted'),
        changed AS (UPDATE idea i SET status = 'standard' FROM old WHERE i.id = old.id)
        INSERT INTO ledger (idea, kind, account, data) SELECT id, 'status', $2, jsonb_build_object(
            'before', status, 'status', 'standard', 'version', $3::bigint) FROM old ORDER BY id""",
        cited, person.id, version,
    )  # fmt: skip
    for row in rows:
        path = f"/campaigns/{campaign.slug}/standard#clause-{row['clause']}"
        await tell_cited(list(row["ideas"]), row["clause"], person.id, path)
