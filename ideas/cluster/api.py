"""Clusters for programs: the queue, one cluster, merging and splitting."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Controller, Request, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from ideas.account.guards import moderator, staff
from ideas.campaign import queries as campaigns
from ideas.cluster import actions, changes, claims, queries, rules
from ideas.cluster.order import Wanted
from ideas.errors import BadRequest, Conflict, message
from ideas.web import clean, cursor, from_cursor

Limit = Annotated[int, QueryParameter(ge=1, le=100)]
Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class ClusterPage(msgspec.Struct):
    items: list[queries.Cluster]
    next: str | None


class ClusterView(queries.Cluster, kw_only=True):
    members: list[queries.Member]
    decision: queries.Standing | None
    near: list[queries.Near]
    history: list[queries.Event]


class Merge(msgspec.Struct):
    ids: Annotated[list[Id], msgspec.Meta(max_length=rules.MOST_MERGED)]


class SplitOff(msgspec.Struct):
    ideas: Annotated[list[Id], msgspec.Meta(max_length=rules.MOST_SPLIT)]


class Rename(msgspec.Struct):
    name: Annotated[str, msgspec.Meta(max_length=2000)]


def check_state(state: str | None) -> str:
    """A state to filter by, "" for any; anything else is a BadRequest."""
    if state and state not in rules.STATES:
        raise BadRequest(errors={"state": message("There is no such state")})
    return state or ""


def check_id(value: int | None) -> int | None:
    """A number that a row can have."""
    if value is not None and not 0 < value < 2**63:
        raise BadRequest(message("There is no row with such a number"))
    return value


class ClusterApi(Controller):
    path = "/api/clusters"
    tags = ("cluster",)

    @get(guards=[staff])
    async def list(
        self,
        request: Request,
        campaign: FromQuery[str | None] = None,
        standing: Annotated[str | None, QueryParameter(name="state")] = None,
        theme: FromQuery[int | None] = None,
        after: FromQuery[str | None] = None,
        limit: Limit = 20,
    ) -> ClusterPage:
        """The moderator's queue: live clusters, those with most distinct supporters first."""
        where = await campaigns.campaign(campaign) if campaign else await campaigns.default_campaign()
        place = from_cursor(after, tuple[int, int])
        wanted = Wanted(where.id, check_state(standing), check_id(theme), within=request.user.id)
        items = await queries.queue(wanted, place, limit + 1)
        more = cursor(items[limit - 1].rank, items[limit - 1].id) if len(items) > limit else None
        return ClusterPage(items[:limit], more)

    @get("/{cluster:int}", guards=[staff])
    async def show(self, cluster: FromPath[int]) -> ClusterView:
        """One cluster with its members (at most 500), the most typical first."""
        check_id(cluster)
        return ClusterView(
            **msgspec.structs.asdict(await queries.cluster(cluster)),
            members=await queries.members(cluster),
            decision=await queries.standing_decision(cluster),
            near=await queries.neighbours(cluster),
            history=await queries.history(cluster),
        )

    @post("/merge", guards=[moderator], status_code=200)
    async def merge(self, request: Request, data: JSONBody[Merge]) -> changes.Merged:
        """Make one cluster of several; no vote moves, and no run undoes it."""
        return await actions.merge(request.user, data.ids)

    @post("/{cluster:int}/unmerge", guards=[moderator], status_code=200)
    async def unmerge(self, request: Request, cluster: FromPath[int]) -> changes.Merged:
        """Take the latest merge of this cluster back."""
        check_id(cluster)
        return await changes.undo(request.user, cluster, "merge")

    @post("/{cluster:int}/undo", guards=[moderator], status_code=200)
    async def undo(self, request: Request, cluster: FromPath[int]) -> changes.Merged:
        """Take the latest merge, split or move of this cluster back."""
        check_id(cluster)
        return await changes.undo(request.user, cluster)

    @post("/{cluster:int}/move", guards=[moderator], status_code=200)
    async def move(self, request: Request, cluster: FromPath[int], data: JSONBody[SplitOff]) -> actions.Moved:
        """Put ideas of other clusters, or that stand alone, into this one; no run undoes it."""
        check_id(cluster)
        return await actions.move(request.user, data.ideas, cluster)

    @put("/{cluster:int}/claim", guards=[moderator])
    async def claim(self, request: Request, cluster: FromPath[int]) -> claims.Claim:
        """Take a cluster in hand for a quarter of an hour, or a quarter more; 409 while somebody else has it."""
        check_id(cluster)
        taken = await claims.take(request.user, cluster)
        if taken is None:
            raise Conflict(message("This group is not waiting for a decision."))
        if taken.account != request.user.id:
            raise Conflict(message("%(name)s is working on this group.", name=taken.name))
        return taken

    @delete("/{cluster:int}/claim", guards=[moderator])
    async def release(self, request: Request, cluster: FromPath[int]) -> None:
        """Give a cluster back."""
        check_id(cluster)
        await claims.release(request.user, cluster)

    @post("/{cluster:int}/split", guards=[moderator], status_code=200)
    async def split(
        self, request: Request, cluster: FromPath[int], data: JSONBody[SplitOff]
    ) -> actions.Split:
        """Take ideas out into a cluster of their own; no run undoes it."""
        check_id(cluster)
        return await actions.split(request.user, cluster, data.ideas)

    @put("/{cluster:int}/name", guards=[moderator])
    async def rename(
        self, request: Request, cluster: FromPath[int], data: JSONBody[Rename]
    ) -> queries.Cluster:
        """Name a cluster."""
        check_id(cluster)
        await actions.rename(request.user, cluster, clean(data.name))
        return await queries.cluster(cluster)
