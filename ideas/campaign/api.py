"""Campaigns for programs."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from litestar import Controller, get

from ideas.account.guards import anyone
from ideas.campaign import queries, rules


class CampaignItem(msgspec.Struct):
    slug: str
    title: dict[str, str]
    summary: dict[str, str]
    lang: str
    stage: rules.Stage | None


class CampaignList(msgspec.Struct):
    items: list[CampaignItem]


class CampaignView(msgspec.Struct):
    slug: str
    title: dict[str, str]
    summary: dict[str, str]
    lang: str
    stage: rules.Stage | None
    stages: list[rules.Stage]
    principles: list[rules.Principle]
    districts: list[rules.District]
    offices: list[rules.Office]


class CampaignApi(Controller):
    path = "/api/campaigns"
    tags = ("campaign",)

    @get(guards=[anyone])
    async def list(self) -> CampaignList:
        """Every campaign with the stage that runs now."""
        now = datetime.now(UTC)
        return CampaignList(
            [
                CampaignItem(c.slug, c.title, c.summary, c.lang, rules.stage_at(c.stages, now))
                for c in await queries.campaigns()
            ]
        )

    @get("/{slug:str}", guards=[anyone])
    async def show(self, slug: str) -> CampaignView:
        """One campaign with its stages, principles, districts and offices."""
        c = await queries.campaign(slug)
        return CampaignView(
            c.slug, c.title, c.summary, c.lang, rules.stage_at(c.stages, datetime.now(UTC)),
            c.stages, c.principles, c.districts, c.offices,
        )  # fmt: skip
