"""Ideas as templates show them: slugs become names in the page's language."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ideas.campaign.rules import Campaign, is_open, newest_open
from ideas.i18n import localised
from ideas.idea.queries import Item


class Names:
    """What a campaign's slugs are called in one language."""

    def __init__(self, campaign: Campaign, lang: str) -> None:
        self.campaign = campaign
        self.title = localised(campaign.title, lang)
        self.summary = localised(campaign.summary, lang)
        self.principle = {
            p.slug: {"slug": p.slug, "name": localised(p.name, lang)} for p in campaign.principles
        }
        self.district = {d.slug: localised(d.name, lang) for d in campaign.districts}
        self.office = {o.slug: localised(o.name, lang) for o in campaign.offices}
        districts = {d.id: localised(d.name, lang) for d in campaign.districts}
        self.offices = sorted(
            (
                {"id": o.slug, "name": self.office[o.slug], "district": districts.get(o.district or 0, "—")}
                for o in campaign.offices
            ),
            key=lambda o: (o["district"], o["name"]),
        )

    @property
    def shown(self) -> dict[str, str]:
        """The campaign as every page needs it."""
        return {"slug": self.campaign.slug, "title": self.title, "summary": self.summary}


_names: dict[tuple[int, str], Names] = {}


def names(campaign: Campaign, lang: str) -> Names:
    """Made once for a campaign as it is remembered."""
    known = _names.get((campaign.id, lang))
    if known is None or known.campaign is not campaign:
        known = _names[campaign.id, lang] = Names(campaign, lang)
    return known


def cards(items: list[Item], campaigns: list[Campaign], lang: str) -> list[dict[str, Any]]:
    """Ideas for the macro `idea_card`."""
    by_slug = {c.slug: names(c, lang) for c in campaigns}
    return [card(item, by_slug[item.campaign]) for item in items]


def card(item: Item, names: Names) -> dict[str, Any]:
    return {
        "id": item.id, "title": item.title, "excerpt": item.excerpt, "author": item.author, "created": item.created,
        "status": item.status, "votes": item.votes, "voted": item.voted, "comments": item.comments,
        "office": names.office.get(item.office or ""), "district": names.district.get(item.district or ""),
        "principles": [names.principle[p] for p in item.principles if p in names.principle],
        "cluster": item.cluster, "cluster_size": item.cluster_size, "campaign": item.campaign,
    }  # fmt: skip


def is_open_now(campaign: Campaign, kind: str) -> bool:
    """Whether `submit`, `comment` or `vote` is open at this moment."""
    return is_open(campaign.stages, kind, datetime.now(UTC))


def accepting(campaigns: list[Campaign]) -> Campaign | None:
    """The newest campaign that takes ideas now, else the newest."""
    now = datetime.now(UTC)
    taking = [c for c in campaigns if is_open(c.stages, "submit", now)]
    return newest_open(taking or campaigns, now)
