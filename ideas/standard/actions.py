"""Writes of the standard: its head, clauses with their evidence, remarks.

Everything that changes the document locks its row first, so writers stand in a line and no two of them meet halfway.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from ideas import audit, database
from ideas.account.rules import Person
from ideas.campaign.rules import Campaign
from ideas.errors import Conflict, Invalid, NotFound, message
from ideas.i18n import localised, translator
from ideas.standard import evidence, queries, rules


class Overtaken(Conflict):
    """Somebody saved the same text first; both are to be shown."""

    kind = "overtaken"


class Saved(msgspec.Struct):
    """A clause as it is saved."""

    id: int
    text: str
    revision: int


def blank(campaign: Campaign) -> queries.Head:
    """A standard that nobody has begun: named after the campaign, with nothing in it."""
    lang = "ru" if campaign.lang in ("ru", "mixed") else "en"
    name = localised(campaign.title, lang) or campaign.slug
    title = translator(lang)(message("Standard of the campaign “%(name)s”", name=name))
    return queries.Head(0, campaign.id, title[: rules.TITLE_LONGEST], "", 1)


async def begin(campaign: Campaign) -> queries.Head:
    """A campaign's standard; where there is none yet, a blank one is written down."""
    if found := await queries.head(campaign.id):
        return found
    await database.execute(
        "INSERT INTO standard (campaign, title) VALUES ($1, $2) ON CONFLICT (campaign) DO NOTHING",
        campaign.id, blank(campaign).title,
    )  # fmt: skip
    found = await queries.head(campaign.id)
    assert found
    return found


async def set_head(person: Person, standard: int, title: str, preamble: str, seen: str) -> None:
    """Title and preamble. Overtaken where they are no longer what `seen` stands for."""
    rules.check_head(title, preamble)
    async with database.transaction():
        before = await locked(standard)
        if (before.title, before.preamble) == (title, preamble):
            return
        if before.seen != seen:
            raise Overtaken(message("Somebody else has changed this meanwhile."))
        await database.execute(
            "UPDATE standard SET title = $2, preamble = $3 WHERE id = $1", standard, title, preamble
        )
        await _changed(
            person, before, "standard", f"standard:{standard}", before=before.title, after=title,
            change="preamble" if before.preamble != preamble else "title",
        )  # fmt: skip


async def write(
    person: Person, campaign: Campaign, principle: int | None, clusters: Sequence[int], text: str
) -> int:
    """A new clause drawn from clusters of the campaign; its number. The text may be mended later."""
    rules.check_clause(text)
    if not clusters:
        raise Invalid(errors={"cluster": message("Pick at least one group")})
    if principle is not None and all(p.id != principle for p in campaign.principles):
        raise NotFound(message("There is no such principle."))
    async with database.transaction():
        standard = await locked((await begin(campaign)).id)
        if await _count(standard.id) >= rules.MOST_CLAUSES:
            raise Conflict(message("A standard has at most %(most)s clauses.", most=rules.MOST_CLAUSES))
        id = await database.fetch_value(
            """INSERT INTO clause (standard, principle, position, text)
            SELECT $1, $2, coalesce(max(position), 0) + 1, $3 FROM clause
            WHERE standard = $1 AND principle IS NOT DISTINCT FROM $2::bigint RETURNING id""",
            standard.id, principle, text,
        )  # fmt: skip
        await _keep_text(id, 1, text, person.id)
        await _add_clusters(person, standard, id, clusters)
        await _changed(person, standard, "clause", f"clause:{id}", after=text, groups=list(clusters))
        return id


async def save(person: Person, clause: int, text: str, base: int) -> int:
    """A clause's new text; its revision. Overtaken where somebody saved another one after `base`."""
    rules.check_clause(text)
    async with database.transaction():
        before, standard = await _clause(clause)
        if before.text == text:
            await forget_draft(person.id, clause)
            return before.revision
        if before.revision != base:
            raise Overtaken(message("Somebody else has saved this clause meanwhile."))
        revision = before.revision + 1
        await database.execute(
            "UPDATE clause SET text = $2, revision = $3 WHERE id = $1", clause, text, revision
        )
        await _keep_text(clause, revision, text, person.id)
        await forget_draft(person.id, clause)
        await _changed(
            person, standard, "clause", f"clause:{clause}", before=before.text, after=text, version=revision
        )
        return revision


async def keep_draft(person: Person, clause: int, text: str, base: int) -> Any:
    """Keep what was typed, until it is saved or thrown away; the moment, None where there is no such clause."""
    return await database.fetch_value(
        """INSERT INTO clause_draft (clause, account, base, text) SELECT id, $2, $3, $4 FROM clause WHERE id = $1
        ON CONFLICT (clause, account) DO UPDATE SET base = $3, text = $4, saved = now() RETURNING saved""",
        clause, person.id, base, text[: rules.DRAFT_KEPT],
    )  # fmt: skip


async def forget_draft(account: int, clause: int) -> None:
    """Throw away what was typed and not saved."""
    await database.execute("DELETE FROM clause_draft WHERE clause = $1 AND account = $2", clause, account)


async def add_groups(person: Person, clause: int, clusters: Sequence[int]) -> None:
    """Draw a clause from further clusters; those that it has already stay."""
    async with database.transaction():
        _, standard = await _clause(clause)
        if await _add_clusters(person, standard, clause, clusters):
            await _changed(person, standard, "evidence", f"clause:{clause}", groups=list(clusters))


async def drop_group(person: Person, clause: int, cluster: int) -> None:
    """Draw a clause from a cluster no longer; one at least stays."""
    async with database.transaction():
        _, standard = await _clause(clause)
        rows = await database.fetch(evidence.STANDING, [clause])
        # The group may be known by the one that it was merged into.
        meant = [r["chosen"] for r in rows if cluster in (r["chosen"], r["cluster"])]
        if not meant:
            return
        if len(meant) == len(rows):
            raise Conflict(
                message("A clause needs a group that it is drawn from. Take the clause out instead.")
            )
        await database.execute(
            "DELETE FROM clause_cluster WHERE clause = $1 AND cluster = ANY($2::bigint[])", clause, meant
        )
        await _changed(person, standard, "evidence", f"clause:{clause}", source=[cluster])


async def move(person: Person, clause: int, down: bool) -> None:
    """Let a clause and its neighbour under the same principle change places; at the end nothing happens."""
    async with database.transaction():
        _, standard = await _clause(clause)
        rows = await database.fetch(
            """SELECT id FROM clause WHERE standard = $1 AND removed IS NULL
                AND principle IS NOT DISTINCT FROM (SELECT principle FROM clause WHERE id = $2)
            ORDER BY position, id""",
            standard.id, clause,
        )  # fmt: skip
        order = [r["id"] for r in rows]
        here = order.index(clause)
        there = here + (1 if down else -1)
        if not 0 <= there < len(order):
            return
        order[here], order[there] = order[there], order[here]
        await database.execute(
            """UPDATE clause c SET position = n FROM unnest($1::bigint[]) WITH ORDINALITY x (id, n)
            WHERE c.id = x.id""",
            order,
        )
        await _changed(person, standard, "clause", f"clause:{clause}", change="order")


async def remove(person: Person, clause: int) -> None:
    """Take a clause out; it can be put back."""
    async with database.transaction():
        before, standard = await _clause(clause)
        await database.execute("UPDATE clause SET removed = now() WHERE id = $1", clause)
        await _changed(person, standard, "remove", f"clause:{clause}", before=before.text)


async def restore(person: Person, clause: int) -> None:
    """Put a clause back that was taken out."""
    async with database.transaction():
        _, standard = await _clause(clause, removed=True)
        if await _count(standard.id) >= rules.MOST_CLAUSES:
            raise Conflict(message("A standard has at most %(most)s clauses.", most=rules.MOST_CLAUSES))
        await database.execute("UPDATE clause SET removed = NULL WHERE id = $1", clause)
        await _changed(person, standard, "restore", f"clause:{clause}")


async def remark(person: Person, clause: int, text: str) -> None:
    """Say something about a clause; the same words of one person stand once."""
    rules.check_remark(text)
    async with database.transaction():
        await _clause(clause)
        known = await database.fetch(
            "SELECT account, text FROM clause_remark WHERE clause = $1 ORDER BY id", clause
        )
        if len(known) >= rules.MOST_REMARKS:
            raise Conflict(message("At most %(most)s remarks, please", most=rules.MOST_REMARKS))
        if all((k["account"], k["text"]) != (person.id, text) for k in known):
            await database.execute(
                "INSERT INTO clause_remark (clause, account, text) VALUES ($1, $2, $3)",
                clause,
                person.id,
                text,
            )


async def locked(standard: int) -> queries.Head:
    """The standard, whose writers wait until this transaction ends."""
    row = await database.fetch_one(
        "SELECT id, campaign, title, preamble, revision FROM standard WHERE id = $1 FOR UPDATE", standard
    )
    if row is None:
        raise NotFound()
    return queries.Head(**row)


async def _clause(clause: int, *, removed: bool = False) -> tuple[Saved, queries.Head]:
    """A clause's row and its standard, locked; NotFound unless it is there (or, with `removed`, taken out)."""
    standard = await database.fetch_value("SELECT standard FROM clause WHERE id = $1", clause)
    if standard is None:
        raise queries.no_such_clause()
    found = await locked(standard)
    row = await database.fetch_one(
        "SELECT id, text, revision FROM clause WHERE id = $1 AND (removed IS NOT NULL) = $2", clause, removed
    )
    if row is None:
        raise queries.no_such_clause()
    return Saved(**row), found


async def _count(standard: int) -> int:
    return await database.fetch_value(
        "SELECT count(*) FROM clause WHERE standard = $1 AND removed IS NULL", standard
    )


async def _keep_text(clause: int, revision: int, text: str, account: int) -> None:
    await database.execute(
        "INSERT INTO clause_text (clause, revision, text, account) VALUES ($1, $2, $3, $4)",
        clause, revision, text, account,
    )  # fmt: skip


async def _add_clusters(person: Person, standard: queries.Head, clause: int, clusters: Sequence[int]) -> bool:
    wanted = sorted(set(clusters))
    known = await database.fetch(
        "SELECT id FROM cluster WHERE id = ANY($1::bigint[]) AND campaign = $2 AND retired IS NULL",
        wanted, standard.campaign,
    )  # fmt: skip
    if len(known) != len(wanted):
        raise NotFound(message("There is no such group."))
    done = await database.execute(
        """INSERT INTO clause_cluster (clause, cluster, account) SELECT $1, k, $3 FROM unnest($2::bigint[]) k
        ON CONFLICT DO NOTHING""",
        clause, wanted, person.id,
    )  # fmt: skip
    have = await database.fetch_value("SELECT count(*) FROM clause_cluster WHERE clause = $1", clause)
    if have > rules.MOST_CLUSTERS:
        raise Conflict(message("A clause is drawn from at most %(most)s groups.", most=rules.MOST_CLUSTERS))
    return done != "INSERT 0 0"


async def _changed(person: Person, standard: queries.Head, kind: str, subject: str, **data: Any) -> None:
    """The document is another one now: what was signed before is an older version. It is in the audit log."""
    await database.execute("UPDATE standard SET revision = revision + 1 WHERE id = $1", standard.id)
    await audit.note(person.id, kind, subject, standard.campaign, **data)
