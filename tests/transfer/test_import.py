"""Imports into a campaign: what is added, known and refused, and that a second time adds nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from ideas import database
from ideas.errors import BadRequest
from ideas.transfer.actions import import_file
from ideas.transfer.report import plain, refused_lines, summary
from tests import factories

IDEASCALE = (
    "id\ttitle\tcreated\tidea\tauthor\tvotes\tvotes_for\tvotes_against\tcomment_count\tlink\terrors\n"
    "1-1\tOpen data\t2009-05-20 00:00:00\t<div>Publish it.<br />All of it &amp; now.</div>\tann\t3\t5\t2\t4\thttp://e.org/1\t\n"
    "1-2\tOpen doors\t2009-05-21 00:00:00\t<div>Let people in.</div>\tann\t-1\t0\t1\t0\thttp://e.org/2\t\n"
    "1-3\t\t2009-05-21 00:00:00\t \tbob\t0\t0\t0\t0\thttp://e.org/3\t\n"
)
CONSUL = (
    '"id";"title";"description";"cached_votes_up";"created_at";"retired_at"\r\n'
    '"7";"Más árboles ";"<p>Plantar árboles en la calle.&nbsp;</p><ul><li>Pinos</li></ul>";"15";"31/01/2024";""\r\n'
    '"8";"Retirada";"";"2";"01/02/2024";"2024-03-01 10:00:00 +0100"\r\n'
    '"9";"Mala fecha";"x";"0";"99/99/2024";""\r\n'
)
DECIDIM = (
    "id;category/id;title/es;title/ca;body/es;body/ca;state;author/name;endorsements/total_count;published_at;reference\r\n"
    "3;1;;Més bancs;;Posar bancs al carrer;accepted;Núria;4;2021-02-03 10:00:00 +0000;R-3\r\n"
    "4;1;Más bancos;;Poner bancos;;withdrawn;Luis;1;2021-02-04 10:00:00 +0000;R-4\r\n"
)
POLIS = (
    "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body\n"
    '1518501496471,Tue Feb 13 12:58:16 WIB 2018,0,11,2,1,1,"More parks, please."\n'
    "1518501496472,Tue Feb 13 12:58:16 WIB 2018,1,12,1,0,-1,Free cookies\n"
)
BALLOTS = (
    "participant,group-id,n-comments,n-votes,n-agree,n-disagree,0,1\n"
    "11,0,1,2,1,1,1,-1\n"
    "12,1,1,1,1,0,1,\n"
    "13,,0,1,0,1,-1,0\n"
    "14,0,0,1,0,1,maybe,0\n"
)


@pytest.fixture
def file(tmp_path: Path):
    def write(text: str, name: str = "file.csv") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8", newline="")
        return path

    return write


async def ideas(slug: str):
    rows = await database.fetch(
        """SELECT i.*, a.name AS author_name, a.email FROM idea i JOIN campaign c ON c.id = i.campaign
        JOIN account a ON a.id = i.author WHERE c.slug = $1 ORDER BY i.source""",
        slug,
    )
    return {r["source"]: r for r in rows}


async def test_ideascale(database, file):
    done = await import_file(file(IDEASCALE, "x.tsv"), "dialogue")
    found = await ideas("dialogue")
    assert (done.source, done.rows, done.added, done.new_campaign, done.lang) == (
        "ideascale",
        3,
        2,
        True,
        "en",
    )
    assert [(line, plain(why)) for line, why in done.refused] == [(4, "there is neither a title nor a text")]
    one = found["ideascale:1-1"]
    assert one["text"] == "Publish it.\nAll of it & now."
    assert (one["imported_votes"], one["imported_against"], one["votes"]) == (5, 2, 0)
    assert one["created"].isoformat().startswith("2009-05-20")
    assert one["author_name"] == "ann"
    assert one["email"] is None
    assert one["author"] == found["ideascale:1-2"]["author"]
    assert one["lang"] == "en"


async def test_a_new_campaign_can_be_used_at_once(client, file):
    await import_file(file(CONSUL), "decide-madrid")
    campaign = (await client.get("/api/campaigns/decide-madrid")).json()
    assert campaign["lang"] == "es"
    assert [p["slug"] for p in campaign["principles"]][:2] == ["client-right", "professionalism"]
    assert len(campaign["principles"]) == 8
    assert campaign["stage"]["vote"]
    assert campaign["stage"]["submit"]


async def test_consul(database, file):
    done = await import_file(file(CONSUL), "consul")
    found = await ideas("consul")
    assert (done.source, done.added, done.hidden, done.counted_for) == ("consul", 2, 1, 17)
    assert [line for line, _ in done.refused] == [4]
    assert "99/99/2024" in plain(done.refused[0][1])
    assert found["consul:7"]["text"] == "Plantar árboles en la calle.\n\n– Pinos"
    assert found["consul:7"]["created"].isoformat().startswith("2024-01-31")
    assert found["consul:8"]["hidden"].isoformat() == "2024-03-01T09:00:00+00:00"
    assert found["consul:8"]["text"] == ""
    assert found["consul:7"]["author_name"] == "Autor no indicado"


async def test_decidim(database, file):
    done = await import_file(file(DECIDIM), "decidim")
    found = await ideas("decidim")
    assert (done.source, done.added, done.hidden) == ("decidim", 2, 1)
    assert (found["decidim:3"]["title"], found["decidim:3"]["lang"]) == ("Més bancs", "ca")
    assert (found["decidim:4"]["title"], found["decidim:4"]["imported_votes"]) == ("Más bancos", 1)


async def test_polis_votes_become_rows_of_people(database, file):
    from ideas import database as db

    comments = await import_file(file(POLIS), "town")
    before = await ideas("town")
    assert (comments.source, comments.added, comments.hidden) == ("polis", 2, 1)
    assert (before["polis:0"]["imported_votes"], before["polis:0"]["imported_against"]) == (2, 1)

    votes = await import_file(file(BALLOTS, "votes.csv"), "town")
    assert (votes.source, votes.votes_for, votes.votes_against, votes.passes) == ("polis-votes", 2, 2, 1)
    assert [(line, plain(why)) for line, why in votes.refused] == [(5, "“maybe” in column 0 is no vote")]
    after = (await ideas("town"))["polis:0"]
    assert (after["votes"], after["votes_against"]) == (2, 1)
    assert (after["imported_votes"], after["imported_against"]) == (0, 0)
    counted = await db.fetch_one(
        """SELECT count(*) FILTER (WHERE value = 1) AS pro, count(*) FILTER (WHERE value = -1) AS con
        FROM vote WHERE idea = $1""",
        after["id"],
    )
    assert counted is not None
    assert tuple(counted) == (2, 1)
    # The author of the first statement and participant 11 are one person, without an address to sign in with.
    people = await db.fetch("SELECT source, email FROM account WHERE source LIKE 'town:%' ORDER BY source")
    assert [tuple(p) for p in people] == [("town:11", None), ("town:12", None), ("town:13", None)]

    again = await import_file(file(BALLOTS, "votes.csv"), "town")
    assert (again.added, again.known, again.votes_for, again.votes_known) == (0, 3, 0, 4)
    assert (await ideas("town"))["polis:0"]["votes"] == 2


async def test_votes_before_their_statements_are_explained(database, file):
    with pytest.raises(BadRequest, match="comments file first"):
        await import_file(file(BALLOTS), "town")


@pytest.mark.parametrize(("text", "name"), [(IDEASCALE, "a.tsv"), (CONSUL, "a.csv"), (POLIS, "b.csv")])
async def test_a_second_time_adds_nothing(database, file, text, name):
    from ideas import database as db

    first = await import_file(file(text, name), "twice")
    before = await db.fetch_value("SELECT count(*) FROM ledger")
    second = await import_file(file(text, name), "twice")
    assert (second.added, second.known, second.people) == (0, first.added, 0)
    assert len(second.refused) == len(first.refused)
    assert await db.fetch_value("SELECT count(*) FROM ledger") == before


async def test_a_dry_run_writes_nothing(database, file):
    from ideas import database as db

    done = await import_file(file(IDEASCALE, "x.tsv"), "dry", dry_run=True)
    assert (done.added, done.new_campaign) == (2, True)
    assert await db.fetch_value("SELECT count(*) FROM campaign WHERE slug = 'dry'") == 0
    assert "would be added" in summary(done)
    assert refused_lines(done) == "4\tthere is neither a title nor a text\n"


async def test_twins_without_ids_stay_apart_and_are_known_again(database, file):
    text = "title,text\nВода,Поставьте кулер\nВода,Поставьте кулер\n"
    assert (await import_file(file(text), "twins")).added == 2
    again = await import_file(file(text + "Стулья,Больше стульев\n"), "twins")
    assert (again.added, again.known) == (1, 2)


async def test_the_same_id_twice_in_a_file_is_refused(database, file):
    done = await import_file(file("id,title\n1,Вода\n2,Стулья\n1,Лампы\n"), "ids")
    assert [(line, plain(why)) for line, why in done.refused] == [(4, "the same id stands in line 2")]


async def test_another_file_with_the_same_ids_is_not_taken_for_known(database, file):
    await import_file(file("id,title\n1,Вода\n2,Стулья\n"), "ids")
    done = await import_file(file("id,title\n1,Вода\n2,Лампы\n"), "ids")
    assert (done.added, done.known) == (0, 1)
    assert [(line, plain(why)[:29]) for line, why in done.refused] == [(3, "the campaign has another idea")]


async def test_a_long_title_is_kept_whole_in_the_text(database, file):
    title = "Очень длинный заголовок " * 10
    await import_file(file(f"id,title,text\n1,{title},И текст\n"), "long")
    [idea] = (await ideas("long")).values()
    assert len(idea["title"]) <= 120
    assert idea["text"] == f"{title.strip()}\n\nИ текст"


async def test_a_balance_of_votes_goes_to_the_side_that_won(database, file):
    await import_file(
        file('{"id": 1, "text": "Вода", "votes": -4}\n{"id": 2, "text": "Стулья", "votes": 6}\n'), "b"
    )
    found = await ideas("b")
    assert [(i["imported_votes"], i["imported_against"]) for i in found.values()] == [(0, 4), (6, 0)]


async def test_districts_of_a_new_campaign_are_taken_from_the_file(database, file):
    text = "id,title,район\n1,Пандус,Невский\n2,Лавка,Невский\n3,Свет,Кировский\n"
    done = await import_file(file(text), "city")
    found = await ideas("city")
    assert found["generic:1"]["district"] == found["generic:2"]["district"] != found["generic:3"]["district"]
    assert not done.notes


async def test_a_campaign_with_its_own_districts_keeps_them(campaign: factories.TestCampaign, file):
    done = await import_file(file("id,title,district\n1,Пандус,Арбат\n2,Лавка,Марс\n"), campaign.slug)
    found = await ideas(campaign.slug)
    assert found["generic:1"]["district"] is not None
    assert found["generic:2"]["district"] is None
    assert "Марс" in plain(done.notes[0])


async def test_it_queues_the_grouping_once(database, file):
    from ideas import database as db

    await import_file(file(CONSUL), "queue")
    jobs = await db.fetch("SELECT args FROM procrastinate_jobs WHERE task_name = 'ideas.cluster.jobs.run'")
    assert len(jobs) == 1


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "id,title\n", "nothing here"])
async def test_a_file_without_ideas_is_said_so(database, file, text):
    with pytest.raises(BadRequest):
        await import_file(file(text), "none")


async def test_a_bad_name_for_a_new_campaign(database, file):
    with pytest.raises(BadRequest):
        await import_file(file(CONSUL), "Мой проект")
