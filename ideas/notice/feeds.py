"""Atom feeds (RFC 4287): a campaign's new ideas, its decisions, one idea's history."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree

import msgspec

from ideas import database
from ideas.campaign.rules import Campaign
from ideas.errors import Message, message
from ideas.i18n import localised, translator
from ideas.idea.detail import Detail

ENTRIES = 50
ATOM = "http://www.w3.org/2005/Atom"
_EMPTY = datetime(2014, 6, 5, tzinfo=UTC)

VERDICTS = {
    "accept": message("Accepted"),
    "decline": message("Declined"),
    "forward": message("Passed on to experts"),
}
STATUSES = {
    "study": message("Under study"),
    "accepted": message("Accepted"),
    "declined": message("Declined"),
    "standard": message("In the standard"),
    "done": message("Carried out"),
}


class Entry(msgspec.Struct):
    """One thing that happened. `path` leads to its page, `key` tells it from others that lead there."""

    key: str
    path: str
    title: str
    updated: datetime
    text: str = ""
    author: str = ""


class Feed(msgspec.Struct):
    """A feed before it is written: `path` is its own address, `page` the page that it is about."""

    path: str
    page: str
    title: str
    entries: list[Entry]


async def new_ideas(campaign: Campaign, lang: str) -> Feed:
    """The newest ideas of a campaign."""
    rows = await database.fetch(
        """SELECT i.id, i.title, left(i.text, 2000) AS text, a.name, coalesce(i.edited, i.created) AS updated
        FROM idea i JOIN account a ON a.id = i.author
        WHERE i.campaign = $1 AND i.hidden IS NULL ORDER BY i.created DESC, i.id DESC LIMIT $2""",
        campaign.id, ENTRIES,
    )  # fmt: skip
    say = translator(lang)
    return Feed(
        f"/campaigns/{campaign.slug}/ideas.atom",
        f"/ideas?campaign={campaign.slug}",
        f"{say(message('New ideas'))} — {localised(campaign.title, lang)}",
        [Entry("idea", f"/ideas/{r['id']}", r["title"], r["updated"], r["text"], r["name"]) for r in rows],
    )


async def decisions(campaign: Campaign, lang: str) -> Feed:
    """The latest decisions of a campaign that stand."""
    rows = await database.fetch(
        """SELECT d.id, d.cluster, r.idea, coalesce(c.name, i.title, '') AS name, d.verdict, d.reason,
            a.name AS moderator, d.created, r.ideas
        FROM decision d JOIN account a ON a.id = d.moderator LEFT JOIN cluster c ON c.id = d.cluster
            CROSS JOIN LATERAL (SELECT min(idea) AS idea, count(*) AS ideas FROM ruling WHERE decision = d.id) r
            LEFT JOIN idea i ON i.id = r.idea
        WHERE d.campaign = $1 AND d.undone IS NULL AND r.ideas > 0 ORDER BY d.id DESC LIMIT $2""",
        campaign.id, ENTRIES,
    )  # fmt: skip
    say = translator(lang)
    return Feed(
        f"/campaigns/{campaign.slug}/decisions.atom",
        f"/campaigns/{campaign.slug}",
        f"{say(message('Decisions'))} — {localised(campaign.title, lang)}",
        [
            Entry(
                f"decision-{r['id']}",
                f"/clusters/{r['cluster']}" if r["cluster"] else f"/ideas/{r['idea']}",
                f"{say(VERDICTS[r['verdict']])}: {r['name']}",
                r["created"], r["reason"], r["moderator"],
            )
            for r in rows
        ],
    )  # fmt: skip


def history(idea: Detail, lang: str) -> Feed:
    """What has happened to one idea, the latest first."""
    say = translator(lang)
    entries = []
    for n, event in enumerate(idea.history):
        said = _said(event.kind, event.status)
        if said is not None:
            text = event.reason or (idea.text if event.kind == "submit" else "")
            author = idea.author if event.kind in ("submit", "edit") else ""
            entries.append(
                Entry(f"{event.kind}-{n}", f"/ideas/{idea.id}", say(said), event.created, text, author)
            )
    return Feed(f"/ideas/{idea.id}/history.atom", f"/ideas/{idea.id}", idea.title, entries[::-1][:ENTRIES])


def _said(kind: str, status: str | None) -> Message | None:
    if kind == "undo":
        return message("The decision was withdrawn")
    if kind == "submit":
        return message("Submitted")
    if kind == "appeal":
        return message("Its author appealed against the decline")
    if kind == "appealed":
        return message("The appeal was answered")
    if kind == "edit":
        return message("Its author has changed the text")
    return STATUSES.get(status or "")


def written(feed: Feed, address: str, lang: str) -> bytes:
    """A feed as an Atom document."""
    ElementTree.register_namespace("", ATOM)
    root = ElementTree.Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": lang})
    own = f"{address}{feed.path}?lang={lang}"
    updated = max((e.updated for e in feed.entries), default=_EMPTY)
    _add(root, "id", own)
    _add(root, "title", feed.title)
    _add(root, "updated", _moment(updated))
    _add(root, "link", rel="self", type="application/atom+xml", href=own)
    _add(root, "link", rel="alternate", type="text/html", href=address + feed.page)
    _add(_add(root, "author"), "name", translator(lang)(message("My Public Services Office")))
    for entry in feed.entries:
        node = _add(root, "entry")
        _add(node, "id", f"{address}{entry.path}#{entry.key}")
        _add(node, "title", entry.title)
        _add(node, "updated", _moment(entry.updated))
        _add(node, "link", rel="alternate", type="text/html", href=address + entry.path)
        if entry.author:
            _add(_add(node, "author"), "name", entry.author)
        _add(node, "content", entry.text or entry.title, type="text")
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def _add(
    parent: ElementTree.Element, name: str, text: str | None = None, **attributes: str
) -> ElementTree.Element:
    node = ElementTree.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    if text is not None:
        # Imported texts may hold characters that XML has no way to write.
        node.text = "".join(c for c in text if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff"))
    return node


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
