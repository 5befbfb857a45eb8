"""Counting again: what differs is reported, and mended only when asked."""

from __future__ import annotations

from ideas import audit, database
from ideas.transfer.recount import recount
from tests import factories


async def test_right_counters_are_left_alone(campaign, citizen, planner):
    idea = await factories.idea(campaign, citizen)
    await database.execute("INSERT INTO vote (idea, account) VALUES ($1, $2)", idea, planner.id)
    await database.execute(
        "INSERT INTO ledger (idea, kind, account) VALUES ($1, 'vote', $2)", idea, planner.id
    )
    await database.execute("UPDATE idea SET votes = 1 WHERE id = $1", idea)
    done = await recount()
    assert (done.ideas, done.wrong, done.fixed) == (1, {}, 0)


async def test_wrong_counters_are_reported_then_mended(campaign, citizen):
    idea = await factories.idea(campaign, citizen)
    cluster = await database.fetch_value(
        "INSERT INTO cluster (campaign, name, size, supporters) VALUES ($1, 'x', 5, 9) RETURNING id",
        campaign.id,
    )
    await database.execute(
        "UPDATE idea SET votes = 3, comments = 2, cluster = $2 WHERE id = $1", idea, cluster
    )
    found = await recount()
    assert found.wrong == {"idea.votes": 1, "idea.comments": 1, "cluster.size": 1, "cluster.supporters": 1}
    assert [(d.what, d.stored, d.counted) for d in found.differences] == [
        ("votes", 3, 0), ("comments", 2, 0), ("size", 5, 1), ("supporters", 9, 1),
    ]  # fmt: skip
    assert await database.fetch_value("SELECT votes FROM idea WHERE id = $1", idea) == 3

    assert (await recount(fix=True)).fixed == 2
    assert (await recount()).wrong == {}
    assert await database.fetch_value("SELECT supporters FROM cluster WHERE id = $1", cluster) == 1


async def test_votes_that_the_ledger_does_not_know_are_found(campaign, citizen, planner):
    idea = await factories.idea(campaign, citizen)
    await database.execute("INSERT INTO vote (idea, account) VALUES ($1, $2)", idea, planner.id)
    await database.execute("UPDATE idea SET votes = 1 WHERE id = $1", idea)
    done = await recount(fix=True)
    assert done.wrong == {"idea.ledger": 1}
    assert (done.differences[0].stored, done.differences[0].counted) == (0, 1)


async def test_a_changed_audit_log_is_reported(campaign, moderator):
    await audit.note(moderator.id, "rename", "cluster:1", campaign.id, before="А", after="Б")
    done = await recount()
    assert (done.deeds, done.broken) == (1, [])
    await database.execute("ALTER TABLE audit DISABLE TRIGGER append_only")
    await database.execute("UPDATE audit SET kind = 'merge'")
    assert len((await recount()).broken) == 1
