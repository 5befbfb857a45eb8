"""Reads of the standard: as it is being written, its versions, one clause with all that belongs to it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import msgspec

from ideas import database
from ideas.campaign.rules import Campaign
from ideas.errors import NotFound, message
from ideas.standard import evidence
from ideas.standard.document import ClauseView, Document, Section
from ideas.standard.rules import MOST_REMARKS

MOST_TEXTS = 100
MOST_VERSIONS = 100
# Clauses under no principle stand under this name.
GENERAL = {"ru": "Общие положения", "en": "General provisions"}


class Head(msgspec.Struct):
    """A campaign's standard as it is being written; `seen` changes with title and preamble."""

    id: int
    campaign: int
    title: str
    preamble: str
    revision: int

    @property
    def seen(self) -> str:
        return hashlib.sha256(f"{self.title}\n{self.preamble}".encode()).hexdigest()[:16]


class VersionRow(msgspec.Struct):
    """A signed version; `signer` in the post `post` signed it."""

    id: int
    number: int
    revision: int
    signer: str
    post: str
    signed: datetime
    published: datetime | None


class Version(msgspec.Struct):
    row: VersionRow
    document: Document


class Clause(msgspec.Struct):
    """A clause as it stands in the work; `changed` names who saved it last, and when."""

    id: int
    standard: int
    campaign: int
    principle: int | None
    text: str
    revision: int
    removed: datetime | None
    editor: str
    changed: datetime


class Draft(msgspec.Struct):
    """What a planner typed and did not save; `base` is the revision that it changes."""

    text: str
    base: int
    saved: datetime


class Text(msgspec.Struct):
    """One of the texts that a clause has had."""

    revision: int
    text: str
    editor: str
    created: datetime


class Remark(msgspec.Struct):
    id: int
    author: str
    text: str
    created: datetime


async def head(campaign: int) -> Head | None:
    """The standard of a campaign, None before anybody has begun it."""
    row = await database.fetch_one(
        "SELECT id, campaign, title, preamble, revision FROM standard WHERE campaign = $1", campaign
    )
    return Head(**row) if row else None


async def working(campaign: Campaign, found: Head) -> Document:
    """The document as it stands now, with its evidence counted now."""
    rows = await database.fetch(
        """SELECT id, principle, text, revision FROM clause WHERE standard = $1 AND removed IS NULL
        ORDER BY position, id""",
        found.id,
    )
    sections = [Section(n, p.id, p.name) for n, p in enumerate(campaign.principles, 1)]
    sections.append(Section(len(sections) + 1, None, GENERAL))
    places = {section.id: section for section in sections}
    for row in rows:
        section = places.get(row["principle"], sections[-1])
        number = f"{section.number}.{len(section.clauses) + 1}"
        section.clauses.append(ClauseView(row["id"], number, row["text"], row["revision"]))
    document = Document(found.title, found.preamble, [s for s in sections if s.clauses])
    clauses = document.clauses
    document.ideas, document.supporters = await evidence.add_evidence(clauses)
    document.left, document.left_out = await evidence.left_out(campaign.id, [c.id for c in clauses])
    document.made = datetime.now(UTC)
    return document


_VERSION = "v.id, v.number, v.revision, v.signer, v.post, v.signed, v.published"


async def versions(standard: int) -> list[VersionRow]:
    """Signed versions, the newest first."""
    rows = await database.fetch(
        f"SELECT {_VERSION} FROM standard_version v WHERE standard = $1 ORDER BY number DESC LIMIT {MOST_VERSIONS}",
        standard,
    )
    return database.structs(VersionRow, rows)


async def version(campaign: int, number: int, *, published: bool = False) -> Version:
    """One signed version; with `published` only one that everybody may read. NotFound where there is none."""
    found = await _version(
        campaign, "v.number = $2 AND (v.published IS NOT NULL OR NOT $3)", number, published
    )
    if found is None:
        raise NotFound(message("There is no such version."))
    return found


async def current(campaign: int) -> Version | None:
    """The version published last."""
    return await _version(campaign, "v.published IS NOT NULL")


async def _version(campaign: int, where: str, *args: Any) -> Version | None:
    row = await database.fetch_one(
        f"""SELECT {_VERSION}, v.content FROM standard_version v JOIN standard s ON s.id = v.standard
        WHERE s.campaign = $1 AND {where} ORDER BY v.number DESC LIMIT 1""",
        campaign, *args,
    )  # fmt: skip
    if row is None:
        return None
    plain = {k: row[k] for k in VersionRow.__struct_fields__}
    return Version(VersionRow(**plain), msgspec.convert(database.from_json(row["content"]), Document))


async def clause(id: int) -> Clause:
    """One clause in the work; NotFound where there is none."""
    row = await database.fetch_one(
        """SELECT c.id, c.standard, s.campaign, c.principle, c.text, c.revision, c.removed, a.name AS editor,
            t.created AS changed
        FROM clause c JOIN standard s ON s.id = c.standard
            JOIN clause_text t ON t.clause = c.id AND t.revision = c.revision JOIN account a ON a.id = t.account
        WHERE c.id = $1""",
        id,
    )
    if row is None:
        raise no_such_clause()
    return Clause(**row)


def no_such_clause() -> NotFound:
    """What is said about a clause that is not there."""
    return NotFound(message("There is no such clause."))


async def draft(clause: int, account: int) -> Draft | None:
    """What a planner has typed for a clause and not saved."""
    row = await database.fetch_one(
        "SELECT text, base, saved FROM clause_draft WHERE clause = $1 AND account = $2", clause, account
    )
    return Draft(**row) if row else None


async def texts(clause: int) -> list[Text]:
    """All texts that a clause has had, the newest first."""
    rows = await database.fetch(
        f"""SELECT t.revision, t.text, a.name AS editor, t.created FROM clause_text t
            JOIN account a ON a.id = t.account WHERE t.clause = $1 ORDER BY t.revision DESC LIMIT {MOST_TEXTS}""",
        clause,
    )
    return database.structs(Text, rows)


async def remarks(clause: int) -> list[Remark]:
    """What the team said about a clause, the oldest first."""
    rows = await database.fetch(
        f"""SELECT r.id, a.name AS author, r.text, r.created FROM clause_remark r JOIN account a ON a.id = r.account
        WHERE r.clause = $1 ORDER BY r.id LIMIT {MOST_REMARKS}""",
        clause,
    )
    return database.structs(Remark, rows)


async def remarked(standard: int) -> dict[int, int]:
    """How many remarks each clause has."""
    rows = await database.fetch(
        "SELECT r.clause, count(*) AS n FROM clause_remark r JOIN clause c ON c.id = r.clause "
        "WHERE c.standard = $1 GROUP BY r.clause",
        standard,
    )
    return {r["clause"]: r["n"] for r in rows}


async def removed(standard: int) -> list[tuple[int, str]]:
    """Clauses that were taken out: number and the beginning of the text."""
    rows = await database.fetch(
        """SELECT id, left(text, 120) AS text FROM clause WHERE standard = $1 AND removed IS NOT NULL
        ORDER BY removed DESC LIMIT 50""",
        standard,
    )
    return [(r["id"], r["text"]) for r in rows]
