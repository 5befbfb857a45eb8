"""Writes of photos: adding to a draft or an idea, describing, removing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import asyncpg

from ideas import database
from ideas.errors import Conflict, Invalid, message
from ideas.photo import picture, rules

# Decoding takes memory by the hundred megabytes, so a process does it one by one.
_decoding: list[tuple[asyncio.AbstractEventLoop, asyncio.Semaphore]] = []


def _turn() -> asyncio.Semaphore:
    loop = asyncio.get_running_loop()
    if not _decoding or _decoding[0][0] is not loop:
        _decoding[:] = [(loop, asyncio.Semaphore(1))]
    return _decoding[0][1]


async def read(data: bytes) -> picture.Picture:
    """A file as a picture, decoded beside the event loop; Invalid says what is wrong with it."""
    async with _turn():
        return await asyncio.to_thread(picture.read, data)


async def add_to_draft(account: int, campaign: int, shot: picture.Picture) -> None:
    """One more photo of a person's draft; Invalid where it has three."""
    await _add(
        "draft",
        "(SELECT id FROM draft WHERE account = $1 AND campaign = $2)",
        (account, campaign),
        shot,
    )


async def add_to_idea(account: int, idea: int, shot: picture.Picture) -> None:
    """One more photo of a person's own idea while nobody else has voted for it; Invalid where it has three."""
    await _add(
        "idea",
        "(SELECT id FROM idea WHERE author = $1 AND id = $2 AND hidden IS NULL AND votes = 0)",
        (account, idea),
        shot,
    )


async def _add(column: str, owner: str, args: tuple[int, int], shot: picture.Picture) -> None:
    """The free place is found and taken in one statement; whoever takes it at the same moment loses by the index."""
    for _ in range(rules.MOST):
        try:
            async with database.transaction() as c:
                place = await c.fetchval(
                    f"""INSERT INTO photo ({column}, place, hash, width, height, content, small)
                    SELECT o.id, free.place, $3, $4, $5, $6, $7 FROM {owner} o, LATERAL (
                        SELECT n AS place FROM generate_series(1, {rules.MOST}) n WHERE NOT EXISTS (
                            SELECT FROM photo p WHERE p.{column} = o.id AND p.place = n) ORDER BY n LIMIT 1) free
                    RETURNING place""",
                    *args, shot.hash, shot.width, shot.height, shot.content, shot.small,
                )  # fmt: skip
        except asyncpg.UniqueViolationError:
            continue
        if place is None:
            break
        return
    raise Invalid(errors={"photo": message("An idea may have at most %(most)s photos", most=rules.MOST)})


async def describe(account: int, alts: Mapping[int, str]) -> None:
    """What is on a person's own photos, in words, by the photo's number."""
    if not alts:
        return
    await database.execute(
        """UPDATE photo p SET alt = left(a.alt, 200) FROM unnest($2::bigint[], $3::text[]) AS a(id, alt)
        WHERE p.id = a.id AND p.alt <> left(a.alt, 200) AND (
            EXISTS (SELECT FROM draft d WHERE d.id = p.draft AND d.account = $1)
            OR EXISTS (SELECT FROM idea i WHERE i.id = p.idea AND i.author = $1))""",
        account,
        list(alts),
        [alt[: rules.ALT_LONGEST] for alt in alts.values()],
    )


async def remove(account: int, photo: int) -> None:
    """Take one's own photo away, also from a published idea: somebody may be on it who does not want to be."""
    gone = await database.fetch_value(
        """DELETE FROM photo p WHERE p.id = $2 AND (
            EXISTS (SELECT FROM draft d WHERE d.id = p.draft AND d.account = $1)
            OR EXISTS (SELECT FROM idea i WHERE i.id = p.idea AND i.author = $1)) RETURNING p.id""",
        account,
        photo,
    )
    if gone is None:
        raise Conflict(message("This photo is gone already."))


async def attach(draft_of: int, campaign: int, idea: int) -> None:
    """The photos of a person's draft become those of its idea."""
    await database.execute(
        """UPDATE photo SET idea = $3, draft = NULL
        WHERE draft = (SELECT id FROM draft WHERE account = $1 AND campaign = $2)""",
        draft_of,
        campaign,
        idea,
    )
