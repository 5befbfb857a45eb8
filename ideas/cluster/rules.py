"""What may be done to clusters, and how links say it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from ideas.errors import Conflict, Invalid, message

STATES = ("open", "accepted", "declined", "forwarded")
NAME_LONGEST = 200
MOST_MERGED = 50
MOST_SPLIT = 5000


class Standing(msgspec.Struct):
    """A cluster as far as rules look at it."""

    id: int
    campaign: int
    name: str
    state: str
    size: int
    supporters: int
    typical: int | None
    retired: bool
    merged_into: int | None


def pair(a: int, b: int) -> tuple[int, int]:
    """Two ideas in the order in which links are stored."""
    return (a, b) if a < b else (b, a)


def star(ideas: Sequence[int]) -> list[tuple[int, int]]:
    """Links that tie all ideas together: each to the first."""
    return [pair(ideas[0], other) for other in ideas[1:]]


def fan(hub: int, ideas: Sequence[int]) -> list[tuple[int, int]]:
    """Links from one idea to each of the others."""
    return [pair(hub, other) for other in ideas]


def require_live(cluster: Standing) -> None:
    """Conflict for a cluster that is no more."""
    if cluster.retired and cluster.merged_into:
        raise Conflict(
            message("Group %(id)s was merged into group %(into)s.", id=cluster.id, into=cluster.merged_into)
        )
    if cluster.retired:
        raise Conflict(message("Group %(id)s is no more.", id=cluster.id))


def require_open(cluster: Standing) -> None:
    """Conflict unless the cluster can still change."""
    require_live(cluster)
    if cluster.state != "open":
        raise Conflict(message("Group %(id)s is decided on. Undo the decision first.", id=cluster.id))


def check_merge(ids: Sequence[int], found: Sequence[Standing]) -> None:
    """Whether these clusters can become one."""
    if len(set(ids)) < 2:
        raise Invalid(errors={"ids": message("Choose at least two groups to merge")})
    if missing := sorted(set(ids) - {c.id for c in found}):
        raise Invalid(errors={"ids": message("There is no group %(id)s", id=missing[0])})
    if len({c.campaign for c in found}) > 1:
        raise Invalid(errors={"ids": message("Groups of different projects cannot be merged")})
    for cluster in found:
        require_open(cluster)


def survivor(found: Sequence[Standing]) -> Standing:
    """The cluster that keeps its number in a merge: the best supported, the older of equals."""
    return min(found, key=lambda c: (-c.supporters, c.id))


def check_split(chosen: Collection[int], members: Collection[int]) -> None:
    """Whether these members can leave."""
    if not chosen:
        raise Invalid(errors={"ideas": message("Choose the ideas to split off")})
    if foreign := sorted(set(chosen) - set(members)):
        raise Invalid(errors={"ideas": message("Idea %(id)s is not in this group", id=foreign[0])})
    if len(set(chosen)) >= len(set(members)):
        raise Invalid(errors={"ideas": message("At least one idea must stay in the group")})


def ids(values: Any) -> list[int]:
    """Numbers of rows as typed in a form; Invalid for anything else."""
    listed = values if isinstance(values, list) else [values] if values not in (None, "") else []
    if all(isinstance(v, str) and v.isascii() and v.isdecimal() and len(v) <= 18 for v in listed):
        return [int(v) for v in listed]
    raise Invalid(message("These must be numbers of groups or ideas"))
