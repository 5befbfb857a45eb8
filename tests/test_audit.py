"""The audit log: chained by the database itself, append-only, and any change behind its back is found."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from ideas import audit, database
from tests import factories


async def _deeds(campaign: int, person: int, count: int) -> list[int]:
    return [
        await audit.note(person, "rename", f"cluster:{n}", campaign, before="А\nБ", after={"имя": n})
        for n in range(count)
    ]


async def test_each_row_holds_the_hash_of_the_one_before(campaign, moderator):
    await _deeds(campaign.id, moderator.id, 3)
    await audit.note(None, "role", "account:1", before="citizen", after="admin")
    rows = await database.fetch("SELECT * FROM audit ORDER BY id")
    assert [r["chain"] for r in rows] == [campaign.id] * 3 + [0]
    assert [r["previous"] for r in rows] == [b"", rows[0]["hash"], rows[1]["hash"], b""]
    assert [r["hash"] for r in rows] == [audit.hash_of(r["previous"], r) for r in rows]
    done = await audit.verify()
    assert (done.rows, done.broken) == (4, [])


async def test_nobody_changes_or_removes_a_row(campaign, moderator):
    await _deeds(campaign.id, moderator.id, 1)
    for statement in ("UPDATE audit SET kind = 'x'", "DELETE FROM audit", "TRUNCATE audit"):
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            async with database.transaction():
                await database.execute(statement)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE audit SET data = '{}' WHERE id = {1}", "deed {1}: its content"),
        ("UPDATE audit SET account = NULL WHERE id = {1}", "deed {1}: its content"),
        ("UPDATE audit SET created = created - interval '1 day' WHERE id = {1}", "deed {1}: its content"),
        ("DELETE FROM audit WHERE id = {1}", "deed {2}: a row before it"),
        ("UPDATE audit SET previous = hash WHERE id = {1}", "deed {1}: a row before it"),
    ],
)
async def test_a_change_behind_its_back_is_found(campaign, moderator, statement, said):
    ids = await _deeds(campaign.id, moderator.id, 4)
    await database.execute("ALTER TABLE audit DISABLE TRIGGER append_only")
    text = statement.replace("{1}", str(ids[1]))
    await database.execute(text)
    broken = (await audit.verify()).broken
    assert broken
    assert broken[0].startswith(said.replace("{1}", str(ids[1])).replace("{2}", str(ids[2])))


async def test_deeds_at_the_same_time_make_one_chain(scratch_pool):
    campaign = await factories.campaign()
    people = [await factories.person("moderator") for _ in range(4)]
    await asyncio.gather(*(_deeds(campaign.id, p.id, 10) for p in people))
    done = await audit.verify()
    assert (done.rows, done.broken) == (40, [])


async def _sealed() -> int:
    """Rows that the next seal takes in; transactions of other tests on the same server may put it off."""
    for _ in range(1200):
        if rows := await audit.seal(timedelta(0)):
            return rows
        await asyncio.sleep(0.1)
    return 0


async def test_the_ledger_is_sealed_behind_the_votes(scratch_pool, monkeypatch):
    campaign, author = await factories.campaign(), await factories.person()
    idea = await factories.idea(campaign, author)

    async def vote(times: int) -> None:
        await database.execute(
            "INSERT INTO ledger (idea, kind, account) SELECT $1, 'vote', $2 FROM generate_series(1, $3)",
            idea, author.id, times,
        )  # fmt: skip

    monkeypatch.setattr(audit, "STRETCH", 10)
    await vote(25)
    assert await audit.seal(timedelta(0)) == 0, "its end is noted first"
    await vote(3)
    own = await asyncpg.connect(scratch_pool)
    late = own.transaction()
    await late.start()
    await own.execute("INSERT INTO ledger (idea, kind, account) VALUES ($1, 'vote', $2)", idea, author.id)
    assert await _sealed() == 25
    assert await audit.seal(timedelta(0)) == 0, "a transaction that began before is still under way"
    await late.commit()
    await own.close()
    assert await _sealed() == 4
    assert await database.fetch_value("SELECT count(*) FROM seal WHERE hash IS NOT NULL") == 4
    done = await audit.verify()
    assert (done.sealed, done.broken) == (29, [])
    with pytest.raises(asyncpg.RaiseError, match="final"):
        await database.execute("UPDATE seal SET rows = 0")
    await database.execute("ALTER TABLE ledger DISABLE TRIGGER append_only")
    await database.execute("DELETE FROM ledger WHERE id = (SELECT min(id) + 12 FROM ledger)")
    assert "9 rows, not the 10 sealed" in (await audit.verify()).broken[0]
