"""One idea with everything that its page tells: tags, group, decision, history."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec

from ideas import database
from ideas.campaign import queries as campaigns
from ideas.errors import NotFound, message


class TagView(msgspec.Struct):
    """A principle of the idea: `by` model or moderator, `sure` 0..1, and the words that decided."""

    slug: str
    by: str
    sure: float
    because: list[str] = []


class Member(msgspec.Struct):
    id: int
    title: str
    votes: int


class ClusterBox(msgspec.Struct):
    """The group that the idea is in; `members` are its most supported others."""

    id: int
    name: str
    size: int
    supporters: int
    state: str
    members: list[Member] = []


class DecisionView(msgspec.Struct):
    id: int
    verdict: str
    reason: str
    created: datetime
    moderator: str = ""


class AppealView(msgspec.Struct):
    """The author's appeal against the latest decline; `state`: waiting, confirmed, overturned."""

    state: str
    created: datetime
    answered: datetime | None = None
    reason: str = ""
    decision: int = 0
    moderator: str | None = None


class Event(msgspec.Struct):
    """Something that happened to the idea."""

    kind: str
    created: datetime
    status: str | None = None
    reason: str | None = None


class Promise(msgspec.Struct):
    """The commitment made about the idea's group, and what was told of it last."""

    id: int
    title: str
    status: str
    due: date
    news: str
    told: datetime


class Cited(msgspec.Struct):
    """A clause of the published standard that cites the idea; `number` such as 3.2."""

    clause: int
    number: str


class AdditionView(msgspec.Struct):
    """What its author added after others had voted."""

    text: str
    created: datetime


class Shot(msgspec.Struct):
    """A photo; it stands at `/photos/{id}/{hash}.webp`, a small one at `/photos/{id}/{hash}-small.webp`."""

    id: int
    alt: str
    hash: str
    width: int
    height: int


class Detail(msgspec.Struct):
    """One idea. Offices and districts are slugs of its campaign; `votes` counts imported ones."""

    id: int
    campaign: str
    title: str
    text: str
    lang: str
    author: str
    author_id: int
    created: datetime
    edited: datetime | None
    status: str
    votes: int
    voted: bool
    followed: bool
    comments: int
    office: str | None
    district: str | None
    tagged: str | None
    unsure: bool
    tags: list[TagView]
    cluster: ClusterBox | None
    decision: DecisionView | None
    history: list[Event]
    editable: bool
    appeal: AppealView | None = None
    additions: list[AdditionView] = []
    photos: list[Shot] = []
    promise: Promise | None = None
    cited: list[Cited] = []


# What the ledger holds of single votes is nobody's business here; edits and decisions are.
_DETAIL = """
SELECT i.id, i.campaign, i.title, i.text, i.lang, a.name AS author, i.author AS author_id, i.created, i.edited,
    i.status, i.support AS votes, i.comments, i.office, i.district, i.tagged, i.unsure,
    EXISTS (SELECT FROM vote v WHERE v.idea = i.id AND v.account = $2 AND v.value = 1) AS voted,
    EXISTS (SELECT FROM follow f WHERE f.idea = i.id AND f.account = $2) AS followed,
    coalesce(i.author = $2, false) AND i.votes = 0 AND i.votes_against = 0 AND i.imported_votes = 0
        AND i.imported_against = 0 AND i.status = 'submitted' AND i.source IS NULL AS editable,
    (SELECT jsonb_agg(jsonb_build_object('text', d.text, 'created', d.created) ORDER BY d.number)
        FROM addition d WHERE d.idea = i.id) AS additions,
    (SELECT jsonb_agg(jsonb_build_object('id', p.id, 'alt', p.alt, 'hash', p.hash, 'width', p.width,
        'height', p.height) ORDER BY p.place) FROM photo p WHERE p.idea = i.id) AS photos,
    (SELECT jsonb_agg(jsonb_build_object('principle', t.principle, 'by', t.source, 'sure', t.probability,
        'because', t.because) ORDER BY t.probability DESC, t.principle) FROM tag t WHERE t.idea = i.id) AS tags,
    (SELECT jsonb_build_object('id', c.id, 'name', c.name, 'size', c.size, 'supporters', c.supporters, 'state', c.state,
        'members', (SELECT coalesce(jsonb_agg(m), '[]') FROM (SELECT o.id, o.title, o.support AS votes FROM idea o
            WHERE o.cluster = c.id AND o.id <> i.id AND o.hidden IS NULL ORDER BY o.support DESC, o.id LIMIT 5) m))
        FROM cluster c WHERE c.id = i.cluster AND c.retired IS NULL) AS cluster,
    (SELECT jsonb_build_object('id', d.id, 'verdict', d.verdict, 'reason', d.reason, 'created', d.created,
        'moderator', m.name) FROM ruling r JOIN decision d ON d.id = r.decision AND d.undone IS NULL
            JOIN account m ON m.id = d.moderator WHERE r.idea = i.id
        ORDER BY d.id DESC LIMIT 1) AS decision,
    (SELECT jsonb_build_object('state', p.state, 'created', p.created, 'answered', p.answered, 'reason', p.reason,
        'decision', p.decision, 'moderator', m.name) FROM appeal p LEFT JOIN account m ON m.id = p.moderator
        WHERE p.idea = i.id ORDER BY p.id DESC LIMIT 1) AS appeal,
    (SELECT jsonb_agg(e) FROM (SELECT l.kind, l.created, l.data->>'status' AS status,
        left(l.data->>'reason', 2000) AS reason FROM ledger l
        WHERE l.idea = i.id AND l.kind NOT IN ('vote', 'withdraw', 'comment', 'tag')
        ORDER BY l.id LIMIT 100) e) AS history,
    (SELECT to_jsonb(x) FROM (SELECT p.id, p.title, p.status, p.due, u.text AS news, u.created AS told
        FROM commitment p JOIN commitment_update u ON u.commitment = p.id
        WHERE p.cluster = i.cluster ORDER BY u.id DESC LIMIT 1) x) AS promise,
    (SELECT jsonb_agg(jsonb_build_object('clause', c.clause, 'number', c.number) ORDER BY c.number)
        FROM citation c WHERE c.idea = i.id AND c.version = (SELECT v.id FROM standard_version v
            JOIN standard s ON s.id = v.standard AND s.campaign = i.campaign
            WHERE v.published IS NOT NULL ORDER BY v.number DESC LIMIT 1)) AS cited
FROM idea i JOIN account a ON a.id = i.author WHERE i.id = $1 AND i.hidden IS NULL
"""


async def detail(idea: int, account: int | None = None) -> Detail:
    """One idea as `account` sees it; NotFound where there is none or it is hidden."""
    row = await database.fetch_one(_DETAIL, idea, account)
    if row is None:
        raise no_such_idea()
    campaign = await campaigns.campaign_by_id(row["campaign"])
    slugs = {p.id: p.slug for p in campaign.principles}
    plain: dict[str, Any] = {k: row[k] for k in Detail.__struct_fields__ if k in dict(row)}
    read = database.from_json
    tags = read(row["tags"]) or []
    plain.update(
        campaign=campaign.slug,
        office=next((o.slug for o in campaign.offices if o.id == row["office"]), None),
        district=next((d.slug for d in campaign.districts if d.id == row["district"]), None),
        tags=[
            TagView(slugs[t["principle"]], t["by"], t["sure"], t["because"])
            for t in tags
            if t["principle"] in slugs
        ],
        cluster=msgspec.convert(read(row["cluster"]), ClusterBox | None),
        additions=msgspec.convert(read(row["additions"]) or [], list[AdditionView]),
        photos=msgspec.convert(read(row["photos"]) or [], list[Shot]),
        decision=msgspec.convert(read(row["decision"]), DecisionView | None),
        promise=msgspec.convert(read(row["promise"]), Promise | None),
        cited=msgspec.convert(read(row["cited"]) or [], list[Cited]),
        appeal=msgspec.convert(read(row["appeal"]), AppealView | None),
        history=_history(row, msgspec.convert(read(row["history"]) or [], list[Event])),
    )
    return Detail(**plain)


def _history(row: Any, events: list[Event]) -> list[Event]:
    """Events oldest first; imported ideas have no submission in the ledger, but were submitted."""
    if not any(e.kind == "submit" for e in events):
        events.insert(0, Event("submit", row["created"]))
    return events


def no_such_idea() -> NotFound:
    """What is said about an unknown and a hidden idea alike."""
    return NotFound(message("There is no such idea. It may have been hidden."))


class CommentView(msgspec.Struct):
    """A remark on an idea; `staff` marks the campaign's team."""

    id: int
    author: str
    side: str
    text: str
    created: datetime
    staff: bool


async def thread(idea: int, after: int = 0, limit: int = 300) -> list[CommentView]:
    """Comments of an idea from one id on, oldest first; NotFound where there is no such idea."""
    rows = await database.fetch(
        """SELECT c.id, a.name AS author, c.side, c.text, c.created, a.role <> 'citizen' AS staff
        FROM idea i LEFT JOIN comment c ON c.idea = i.id AND c.hidden IS NULL AND c.id > $2
        LEFT JOIN account a ON a.id = c.author
        WHERE i.id = $1 AND i.hidden IS NULL ORDER BY c.id LIMIT $3""",
        idea,
        after,
        limit,
    )
    if not rows:
        raise no_such_idea()
    return [CommentView(**row) for row in rows if row["id"] is not None]
