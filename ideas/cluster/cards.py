"""Clusters as templates show them: names of principles and events in the page's language."""

from __future__ import annotations

from typing import Any

from ideas.campaign.rules import Campaign
from ideas.cluster.queries import Cluster, Event, Member
from ideas.errors import Message, message
from ideas.idea.cards import names

STATE_NAMES = {
    "open": message("Waiting for a decision"),
    "accepted": message("Accepted"),
    "declined": message("Declined"),
    "forwarded": message("Forwarded"),
}


def card(cluster: Cluster, where: Campaign, lang: str) -> dict[str, Any]:
    """What `cluster_card` shows."""
    known = names(where, lang).principle
    return {
        "id": cluster.id,
        "label": cluster.name,
        "size": cluster.size,
        "supporters": cluster.supporters,
        "votes": cluster.votes + cluster.imported_votes,
        "imported_votes": cluster.imported_votes,
        "status": None if cluster.state == "open" else cluster.state,
        "state": cluster.state,
        "theme": cluster.theme_name,
        "updated": cluster.changed,
        "keywords": cluster.keywords,
        "cohesion": cluster.cohesion,
        "sample": [s for s in cluster.sample if s.title != cluster.name],
        "principles": [known[p.slug] for p in cluster.principles if p.slug in known],
    }


def member(found: Member, where: Campaign, lang: str) -> dict[str, Any]:
    """One idea of a cluster with its tags by name."""
    known = names(where, lang).principle
    tags = [
        {**known[t.slug], "source": t.source, "sure": t.probability, "because": t.because}
        for t in found.tags
        if t.slug in known
    ]
    return {
        "id": found.id, "title": found.title, "text": found.text, "author": found.author, "created": found.created,
        "status": found.status, "votes": found.votes + found.imported_votes, "similarity": found.similarity,
        "tagged": found.tagged, "unsure": found.unsure, "fit": found.fit, "half": found.half,
        "tags": tags, "slugs": [t["slug"] for t in tags],
    }  # fmt: skip


def joined(event: Event) -> list[int]:
    """The ideas that came into the cluster by an event of its history, as far as it names them."""
    data = event.data
    if event.kind == "merge":
        return [i for source in data.get("source", []) for i in source.get("ideas", [])]
    came = event.kind in ("grew", "move", "new", "joined") and "into" not in data
    return [i for i in data.get("ideas", []) if isinstance(i, int)] if came else []


def told(event: Event) -> Message:
    """An event of the history in words."""
    data = event.data
    came, left = data.get("came", 0), data.get("left", 0)
    if event.kind == "merge":
        ids = ", ".join(str(s["id"]) for s in data.get("source", []))
        return message("Merged with %(ids)s", ids=ids)
    if event.kind == "joined" and "into" in data:
        return message("Merged into group %(id)s", id=data["into"])
    if event.kind == "undo":
        if "decision" in data:
            return message("The decision was undone")
        if "parted" in data:
            return message("Separate from group %(id)s again", id=data["parted"])
        what = data.get("what")
        if what == "split":
            return message("The split was undone")
        return message("The move was undone") if what == "move" else message("The merge was undone")
    if event.kind == "decide":
        n = data.get("ideas", 0)
        return message("Decided on %(n)s idea", "Decided on %(n)s ideas", n)
    if event.kind == "rename":
        return message("Renamed: “%(name)s”", name=data.get("name", ""))
    if event.kind == "split" and event.account:
        n = data.get("moved") or len(data.get("ideas", []))
        return message("%(n)s idea split off", "%(n)s ideas split off", n)
    if event.kind == "move":
        n = data.get("moved", 0)
        return message("%(n)s idea moved here by hand", "%(n)s ideas moved here by hand", n)
    if event.kind == "moved":
        return message("Ideas moved to group %(id)s by hand", id=data.get("into"))
    if event.kind == "new" and "source" in data:
        return message("Split off from group %(id)s", id=data["source"])
    if event.kind == "new":
        return message("Founded by %(n)s idea", "Founded by %(n)s ideas", came)
    if event.kind == "gone":
        return message("No idea is left in it")
    if event.kind == "shrank" or left > came:
        return message("%(n)s idea left", "%(n)s ideas left", left)
    return message("%(n)s idea joined", "%(n)s ideas joined", came)
