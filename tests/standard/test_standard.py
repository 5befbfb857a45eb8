"""The standard from picked groups to a published version: locks, evidence, versions, guards."""

from __future__ import annotations

import io

import asyncpg
import pytest
from docx import Document as WordDocument
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from ideas import database
from ideas.campaign import queries as campaigns
from ideas.errors import Conflict, Invalid
from ideas.standard import actions, queries, rules, signing
from tests import factories
from tests.commitment.test_commitments import group, spread


@pytest.fixture
async def where(campaign):
    campaigns.forget_campaigns()
    return await campaigns.campaign(campaign.slug)


@pytest.fixture
async def two(campaign, citizen):
    """Two groups; one person supports ideas of both, and one comment speaks against."""
    voter = await factories.person()
    first = [
        await factories.idea(
            campaign, citizen, "Талон по СМС", "Вчера стоял час. Пришлите талон очереди по СМС на телефон."
        ),
        await factories.idea(
            campaign, citizen, "СМС с номером", "Пусть талон очереди приходит по СМС на телефон."
        ),
    ]
    second = [
        await factories.idea(
            campaign, await factories.person(), "Скамейки", "Поставьте скамейки в зале ожидания."
        )
    ]
    for idea in [*first, *second]:
        await database.execute("INSERT INTO vote (idea, account) VALUES ($1, $2)", idea, voter.id)
    await database.execute(
        "INSERT INTO comment (idea, author, side, text) VALUES ($1, $2, 'against', 'А если <телефона> нет?')",
        first[0],
        voter.id,
    )
    clusters = [
        await group(campaign, *first, name="Талоны по СМС"),
        await group(campaign, *second, name="Скамейки"),
    ]
    await database.execute("UPDATE cluster SET supporters = 5 WHERE id = $1", clusters[0])
    return clusters, first, second, voter


async def begun(where, planner, clusters, text="Каждый получает талон на телефон.") -> int:
    return await actions.write(planner.person, where, where.principles[0].id, clusters, text)


async def signed(where, planner) -> int:
    head = await actions.begin(where)
    return await signing.sign(planner.person, where, head.revision, "Иванова Мария Петровна", "директор")


async def test_evidence_counts_each_person_once(where, planner, two):
    clusters, first, _, _ = two
    clause = await begun(where, planner, clusters)
    document = await queries.working(where, await actions.begin(where))
    found = document.clause(clause)
    assert found is not None
    # Two authors and one voter, who supports three ideas in two groups.
    assert (found.number, found.ideas, found.supporters, found.against) == ("1.1", 3, 3, 1)
    assert {g.id: (g.ideas, g.supporters) for g in found.groups} == {clusters[0]: (2, 2), clusters[1]: (1, 2)}
    assert (document.ideas, document.supporters) == (3, 3)
    await database.execute("UPDATE idea SET hidden = now() WHERE id = $1", first[0])
    found = (await queries.working(where, await actions.begin(where))).clause(clause)
    assert found
    assert (found.ideas, found.supporters, found.against) == (2, 3, 0)


async def test_evidence_follows_a_merge(where, planner, two):
    clusters, *_ = two
    clause = await begun(where, planner, [clusters[0]])
    await database.execute("UPDATE idea SET cluster = $2 WHERE cluster = $1", *clusters)
    await database.execute("UPDATE cluster SET retired = now(), merged_into = $2 WHERE id = $1", *clusters)
    found = (await queries.working(where, await actions.begin(where))).clause(clause)
    assert found
    assert found.ideas == 3


async def test_two_planners_at_once_lose_nothing(where, planner, two, client, browser_as):
    clause = await begun(where, planner, two[0])
    other = await factories.person("planner", "Ольга")
    await actions.save(other.person, clause, "Каждый клиент получает талон по СМС.", 1)
    await browser_as(planner)
    answer = await client.post(
        f"/planning/standard/clauses/{clause}", data={"text": "Каждый видит <очередь>.", "base": "1"}
    )
    assert answer.status_code == 409
    assert "Каждый видит &lt;очередь&gt;." in answer.text.replace("</ins>", "").replace("<ins>", "").replace(
        "</del>", ""
    ).replace("<del>", "")
    assert "Saved by Ольга" in answer.text
    assert 'name="base" value="2"' in answer.text
    assert (await queries.clause(clause)).text == "Каждый клиент получает талон по СМС."
    draft = await queries.draft(clause, planner.id)
    assert draft
    assert draft.text == "Каждый видит <очередь>."
    answer = await client.post(
        f"/planning/standard/clauses/{clause}", data={"text": "Каждый видит очередь.", "base": "2"}
    )
    assert answer.status_code == 303
    assert [t.revision for t in await queries.texts(clause)] == [3, 2, 1]
    assert await queries.draft(clause, planner.id) is None


async def test_what_is_typed_is_kept(where, planner, two, client, browser_as):
    clause = await begun(where, planner, two[0])
    await browser_as(planner)
    answer = await client.post(
        f"/planning/standard/clauses/{clause}/draft", data={"text": "Недописанное", "base": "1"}
    )
    assert "Draft kept" in answer.text
    answer = await client.get(f"/planning/standard/clauses/{clause}")
    assert "Недописанное" in answer.text
    assert "Your draft of" in answer.text
    too_long = "я" * (rules.CLAUSE_LONGEST + 1)
    answer = await client.post(f"/planning/standard/clauses/{clause}", data={"text": too_long, "base": "1"})
    assert answer.status_code == 422
    assert too_long in answer.text
    await client.post(f"/planning/standard/clauses/{clause}/discard")
    assert "Your draft of" not in (await client.get(f"/planning/standard/clauses/{clause}")).text


async def test_an_edit_after_signing_makes_a_new_unsigned_version(where, planner, two):
    clause = await begun(where, planner, two[0])
    assert await signed(where, planner) == 1
    assert await signed(where, planner) == 1
    await actions.save(planner.person, clause, "Другой текст", 1)
    head = await actions.begin(where)
    versions = await queries.versions(head.id)
    assert [v.number for v in versions] == [1]
    assert versions[0].revision != head.revision
    with pytest.raises(actions.Overtaken):
        await signing.sign(planner.person, where, versions[0].revision, "Иванова", "директор")
    assert await signed(where, planner) == 2
    assert (await queries.version(where.id, 1)).document.clauses[
        0
    ].text == "Каждый получает талон на телефон."
    with pytest.raises(Conflict):
        await signing.publish(planner.person, where, 1)
    with pytest.raises(Conflict):
        await signing.publish(planner.person, where, 3)


async def test_only_a_named_person_signs_and_only_what_has_evidence(where, planner, two):
    with pytest.raises(Conflict):
        await signed(where, planner)
    clause = await begun(where, planner, [two[0][1]])
    head = await actions.begin(where)
    with pytest.raises(Invalid) as caught:
        await signing.sign(planner.person, where, head.revision, "", "")
    assert set(caught.value.errors) == {"signer", "post"}
    await database.execute("UPDATE idea SET hidden = now() WHERE id = ANY($1::bigint[])", two[2])
    with pytest.raises(Conflict):
        await signed(where, planner)
    await actions.remove(planner.person, clause)
    with pytest.raises(Conflict):
        await signed(where, planner)


async def test_a_signed_version_never_changes(where, planner, two):
    await begun(where, planner, two[0])
    await signed(where, planner)
    await signing.publish(planner.person, where, 1)
    for statement in (
        "UPDATE standard_version SET content = '{}'",
        "UPDATE standard_version SET published = NULL, published_by = NULL",
        "DELETE FROM standard_version",
        "UPDATE citation SET number = '9.9'",
        "DELETE FROM citation",
    ):
        with pytest.raises(asyncpg.RaiseError):
            async with database.transaction():
                await database.execute(statement)


async def told(person) -> list[tuple[str, str]]:
    rows = await database.fetch(
        "SELECT kind, data->>'path' AS path FROM notice WHERE account = $1 AND kind = 'clause' ORDER BY id",
        person.id,
    )
    return [(r["kind"], r["path"]) for r in rows]


async def test_publishing_tells_each_once_and_marks_ideas(where, planner, citizen, two, client):
    clusters, first, _, voter = two
    clause = await begun(where, planner, clusters)
    await signed(where, planner)
    assert await signing.publish(planner.person, where, 1)
    assert not await signing.publish(planner.person, where, 1)
    await spread()
    path = f"/campaigns/{where.slug}/standard#clause-{clause}"
    assert await told(citizen) == [("clause", path)]
    assert await told(voter) == [("clause", path)]
    await actions.save(planner.person, clause, "Второе издание", 1)
    await signed(where, planner)
    await signing.publish(planner.person, where, 2)
    await spread()
    assert len(await told(citizen)) == 1
    assert await database.fetch_value("SELECT status FROM idea WHERE id = $1", first[0]) == "standard"
    answer = await client.get(f"/ideas/{first[0]}")
    assert f'href="{path}"' in answer.text
    assert "Cited in clause 1.1 of the standard" in answer.text
    kinds = await database.fetch("SELECT kind FROM audit WHERE subject LIKE 'standard:%' ORDER BY id")
    assert [r["kind"] for r in kinds] == ["sign", "publish", "sign", "publish"]


async def test_everybody_reads_it_as_page_and_files(where, planner, two, client):
    clause = await begun(where, planner, [two[0][0]], "Талон <приходит>\nна \u202eтелефон\x07.")
    declined = await group(
        factories.TestCampaign(where.id, where.slug, 0, "", ""), state="declined", name="Отменить обед"
    )
    await database.execute("UPDATE cluster SET size = 3 WHERE id = $1", declined)
    await database.execute(
        "INSERT INTO decision (campaign, cluster, verdict, reason, moderator) "
        "VALUES ($1, $2, 'decline', 'Трудовой кодекс', $3)",
        where.id, declined, planner.id,
    )  # fmt: skip
    page = f"/campaigns/{where.slug}/standard"
    assert "not published yet" in (await client.get(page)).text
    assert (await client.get(f"{page}/standard.pdf")).status_code == 404
    await signed(where, planner)
    assert "not published yet" in (await client.get(page)).text
    assert (await client.get(f"{page}/standard.pdf?version=1")).status_code == 404
    await signing.publish(planner.person, where, 1)
    answer = await client.get(page)
    for text in (
        "Талон &lt;приходит&gt;",
        f'id="clause-{clause}"',
        "Отменить обед",
        "Трудовой кодекс",
        "Иванова Мария Петровна",
    ):
        assert text in answer.text
    answer = await client.get(f"{page}/clauses/{clause}")
    assert "А если &lt;телефона&gt; нет?" in answer.text
    assert "Талон по СМС" in answer.text
    for lang, contents in (("ru", "Содержание"), ("en", "Contents")):
        answer = await client.get(f"{page}/standard.pdf?lang={lang}")
        assert answer.status_code == 200
        reader = PdfReader(io.BytesIO(answer.content))
        text = " ".join(" ".join(p.extract_text() for p in reader.pages).split())
        assert reader.root_object["/Lang"] == lang
        assert "/StructTreeRoot" in reader.root_object
        assert reader.metadata is not None
        assert reader.metadata.title == "Стандарт проекта «Проба»"
        for said in ("Талон <приходит>", "А если <телефона> нет?", "Отменить обед", contents):
            assert said in text
        answer = await client.get(f"{page}/standard.docx?lang={lang}")
        word = WordDocument(io.BytesIO(answer.content))
        text = "\n".join(p.text for p in word.paragraphs) + "\n".join(
            c.text for t in word.tables for r in t.rows for c in r.cells
        )
        for said in (
            "Талон <приходит>",
            "А если <телефона> нет?",
            "Отменить обед",
            "Трудовой кодекс",
            contents,
        ):
            assert said in text
        assert word.core_properties.title == "Стандарт проекта «Проба»"
    assert (await client.get(f"{page}/standard.exe")).status_code == 404


async def test_the_desk_proposes_by_principle_with_sentences(where, planner, two, client, browser_as):
    clusters, first, *_ = two
    principle = where.principles[0]
    for idea in first:
        await database.execute(
            "INSERT INTO tag (idea, principle, source, probability) VALUES ($1, $2, 'moderator', 1)",
            idea,
            principle.id,
        )
    await browser_as(planner)
    answer = await client.get(
        f"/planning/standard/proposals?campaign={where.slug}&principle={principle.slug}"
    )
    assert "Талоны по СМС" in answer.text
    assert "Скамейки" not in answer.text
    assert "Пусть талон очереди приходит по СМС на телефон." in answer.text
    answer = await client.post(
        "/planning/standard/clauses",
        data={"campaign": where.slug, "principle": principle.slug, "cluster": [str(clusters[0])]},
    )
    assert answer.status_code == 303
    page = await client.get(answer.headers["location"])
    assert "талон очереди" in page.text
    answer = await client.post(
        "/planning/standard/clauses", data={"campaign": where.slug, "principle": principle.slug}
    )
    assert answer.status_code == 422
    assert "Pick at least one group" in answer.text
    other = await factories.campaign()
    answer = await client.post(
        "/planning/standard/clauses", data={"campaign": other.slug, "cluster": str(clusters[0])}
    )
    assert answer.status_code == 404


async def test_clauses_move_and_come_back(where, planner, two):
    a = await begun(where, planner, two[0], "Первый")
    b = await begun(where, planner, two[0], "Второй")

    async def order():
        return [c.id for c in (await queries.working(where, await actions.begin(where))).clauses]

    assert await order() == [a, b]
    await actions.move(planner.person, b, down=False)
    assert await order() == [b, a]
    await actions.move(planner.person, b, down=False)
    assert await order() == [b, a]
    await actions.remove(planner.person, b)
    assert await order() == [a]
    await actions.restore(planner.person, b)
    assert await order() == [b, a]
    await actions.drop_group(planner.person, a, two[0][0])
    with pytest.raises(Conflict):
        await actions.drop_group(planner.person, a, two[0][1])


async def test_who_may_do_what(where, planner, citizen, moderator, two, client, browser_as):
    clause = await begun(where, planner, two[0])
    await signed(where, planner)
    page = f"/planning/standard/clauses/{clause}"
    writes = [
        (page, {"text": "x", "base": "1"}),
        (f"{page}/draft", {"text": "x"}),
        (f"{page}/discard", {}),
        (f"{page}/groups", {"cluster": "1"}),
        (f"{page}/groups/drop", {"cluster": "1"}),
        (f"{page}/move", {}),
        (f"{page}/remove", {}),
        (f"{page}/restore", {}),
        ("/planning/standard/clauses", {"campaign": where.slug}),
        ("/planning/standard/sign", {"campaign": where.slug}),
        ("/planning/standard/publish", {"campaign": where.slug, "number": "1"}),
        ("/planning/standard/head", {"campaign": where.slug}),
        ("/planning/standard/codes", {"campaign": where.slug}),
    ]
    reads = [
        page,
        "/planning/standard",
        f"/planning/standard/versions/1?campaign={where.slug}",
        "/planning/standard/compare",
    ]
    await browser_as(citizen)
    for path, data in [*writes, (f"{page}/remarks", {"remark": "x"})]:
        assert (await client.post(path, data=data)).status_code == 403, path
    for path in [*reads, "/planning/standard/proposals", "/planning/standard/codes"]:
        assert (await client.get(path)).status_code == 403, path
    await browser_as(moderator)
    for path, data in writes:
        assert (await client.post(path, data=data)).status_code == 403, path
    for path in reads:
        assert (await client.get(path)).status_code == 200, path
    answer = await client.post(f"{page}/remarks", data={"remark": "А что <делать> слепым?"})
    assert answer.status_code == 303
    assert "А что &lt;делать&gt; слепым?" in (await client.get(page)).text
    assert (await client.post(f"{page}/remarks", data={"remark": ""})).status_code == 422
    del client.headers["x-csrftoken"]
    assert (await client.post(f"{page}/remarks", data={"remark": "x"})).status_code == 403
    assert (
        await database.fetch_value("SELECT count(*) FROM standard_version WHERE published IS NOT NULL") == 0
    )


async def test_a_planner_goes_the_whole_way(where, planner, two, client, browser_as):
    await browser_as(planner)
    head = await actions.begin(where)
    answer = await client.post(
        "/planning/standard/head",
        data={"campaign": where.slug, "title": "Стандарт <проба>", "preamble": "Начало", "seen": head.seen},
    )
    assert answer.status_code == 303
    answer = await client.post(
        "/planning/standard/head",
        data={"campaign": where.slug, "title": "Другое имя", "preamble": "Моё", "seen": head.seen},
    )
    assert answer.status_code == 409
    assert "Стандарт &lt;проба&gt;" in answer.text
    assert "Другое имя" in answer.text
    await begun(where, planner, two[0])
    answer = await client.get(f"/planning/standard?campaign={where.slug}")
    assert "Not signed" in answer.text
    revision = (await actions.begin(where)).revision
    answer = await client.post(
        "/planning/standard/sign",
        data={"campaign": where.slug, "revision": str(revision), "signer": "Иванова М. П.", "post": ""},
    )
    assert answer.status_code == 422
    assert 'value="Иванова М. П."' in answer.text
    answer = await client.post(
        "/planning/standard/sign",
        data={
            "campaign": where.slug,
            "revision": str(revision),
            "signer": "Иванова М. П.",
            "post": "директор",
        },
    )
    assert answer.status_code == 303
    assert "Version 1 is signed" in (await client.get(f"/planning/standard?campaign={where.slug}")).text
    assert (await client.get(f"/campaigns/{where.slug}/standard/standard.pdf?version=1")).status_code == 200
    answer = await client.post("/planning/standard/publish", data={"campaign": where.slug, "number": "1"})
    assert answer.headers["location"] == f"/campaigns/{where.slug}/standard"
    await actions.save(
        planner.person, (await queries.working(where, await actions.begin(where))).clauses[0].id, "Новое", 1
    )
    answer = await client.get(f"/planning/standard/compare?campaign={where.slug}&a=1&b=now")
    assert "<ins>Новое" in answer.text
    assert "<del>" in answer.text


@given(st.text(max_size=120), st.text(max_size=120))
def test_differences_give_both_texts_back(before, after):
    left, right = rules.differences(before, after)
    assert "".join(p.text for p in left) == before
    assert "".join(p.text for p in right) == after
    assert "".join(p.text for p in left if p.kind == "same") == "".join(
        p.text for p in right if p.kind == "same"
    )
    assert {p.kind for p in left} <= {"same", "gone"}
    assert {p.kind for p in right} <= {"same", "new"}
