"""The public dataset: what it holds, whom it does not name, metadata that others can read, and its pages."""

from __future__ import annotations

import csv
import io
import json

import pytest
from rdflib import Graph, Namespace, URIRef
from rdflib.namespace import DCTERMS, RDF

from ideas import database
from ideas.opendata import actions
from ideas.opendata.rules import FORMATS, TABLES
from ideas.planning import disclosure
from tests import factories

DCAT = Namespace("http://www.w3.org/ns/dcat#")
SECRETS = ("Моё имя", "Имя модератора", "hidden-idea", "example.org")


@pytest.fixture
async def published(campaign, planner):
    """Six authors in Arbat, one elsewhere; a hidden idea, comments, a vote and a decision."""
    second = await database.fetch_value(
        "INSERT INTO district (campaign, slug, name) VALUES ($1, 'zyablikovo', '{\"ru\": \"Зябликово\"}') RETURNING id",
        campaign.id,
    )
    moderator = await factories.person("moderator", "Имя модератора")
    ideas = []
    for n in range(7):
        author = await factories.person("citizen", "Моё имя")
        ideas.append(await factories.idea(campaign, author, f"Идея {n}"))
    await database.execute(
        """UPDATE idea SET district = CASE WHEN id = $2 THEN $3 ELSE
            (SELECT min(id) FROM district WHERE campaign = $1) END WHERE campaign = $1""",
        campaign.id, ideas[6], second,
    )  # fmt: skip
    hidden = await factories.idea(campaign, moderator, "hidden-idea")
    await database.execute("UPDATE idea SET hidden = now() WHERE id = $1", hidden)
    for idea in (ideas[0], hidden):
        await database.execute(
            "INSERT INTO comment (idea, author, side, text) SELECT $1, author, 'for', 'Да' FROM idea WHERE id = $1",
            idea,
        )
    await database.execute("INSERT INTO vote (idea, account) VALUES ($1, $2)", ideas[0], planner.id)
    decision = await database.fetch_value(
        "INSERT INTO decision (campaign, verdict, reason, moderator) VALUES ($1, 'accept', 'Да', $2) RETURNING id",
        campaign.id, moderator.id,
    )  # fmt: skip
    await database.execute(
        "INSERT INTO ruling (decision, idea, status) VALUES ($1, $2, 'submitted')", decision, ideas[0]
    )
    rows = await actions.publish(campaign.slug)
    assert rows["ideas"] == 7
    return campaign


async def test_the_files_name_nobody(client, published):
    for what in TABLES:
        for format in FORMATS:
            answer = await client.get(f"/open/{published.slug}/{what}.{format}")
            assert answer.status_code == 200, what
            assert not any(secret in answer.text for secret in SECRETS), (what, format)
    ideas = (await client.get(f"/open/{published.slug}/ideas.csv")).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(ideas, newline="")))
    people = {r["person"] for r in rows}
    assert len(people) == 7
    # Arbat has six authors and is told; one author alone in a district would be recognised by it.
    assert [r["district"] for r in rows].count("Арбат") == 6
    assert "Зябликово" not in ideas
    comments = (await client.get(f"/open/{published.slug}/comments.jsonl")).text.splitlines()
    assert len(comments) == 1
    assert json.loads(comments[0])["person"] not in people, "an author and a commentator cannot be joined"


async def test_metadata_are_dcat(client, published):
    answer = await client.get(f"/open/{published.slug}", headers={"accept": "application/ld+json"})
    assert answer.headers["content-type"].startswith("application/ld+json")
    graph = Graph().parse(data=answer.text, format="json-ld")
    [dataset] = graph.subjects(RDF.type, DCAT.Dataset)
    # What DCAT-AP 3 makes mandatory, and the recommended that we promise.
    promised = [
        "title",
        "description",
        "publisher",
        "accrualPeriodicity",
        "modified",
        "identifier",
        "accessRights",
    ]
    properties = [DCTERMS[name] for name in promised]
    properties += [DCAT[name] for name in ("distribution", "contactPoint", "keyword", "theme", "landingPage")]
    for property in properties:
        assert list(graph.objects(dataset, property)), property
    assert {o.language for o in graph.objects(dataset, DCTERMS.title)} == {"ru", "en"}  # type: ignore[attr-defined]
    found = list(graph.objects(dataset, DCAT.distribution))
    assert len(found) == len(TABLES) * len(FORMATS)
    for one in found:
        assert (one, RDF.type, DCAT.Distribution) in graph
        for property in (DCAT.accessURL, DCAT.downloadURL, DCTERMS.license, DCTERMS.format, DCAT.mediaType):
            assert isinstance(graph.value(one, property), URIRef), property
        assert graph.value(one, DCTERMS.license) == URIRef("https://creativecommons.org/licenses/by/4.0/")
        address = str(graph.value(one, DCAT.downloadURL)).removeprefix("http://test")
        size = graph.value(one, DCAT.byteSize)
        assert size is not None
        assert str(size.datatype).endswith("XMLSchema#nonNegativeInteger")  # type: ignore[attr-defined]
        assert int(size) == len((await client.get(address)).content)  # type: ignore[arg-type]
    catalogue = Graph().parse(data=(await client.get("/open/catalog.jsonld")).text, format="json-ld")
    [root] = catalogue.subjects(RDF.type, DCAT.Catalog)
    assert set(catalogue.objects(root, DCAT.dataset)) == {dataset}
    same = await client.get(f"/open/{published.slug}/dataset.jsonld")
    assert same.json() == answer.json()


async def test_the_manifest_and_a_part(client, published):
    whole = (await client.get(f"/open/{published.slug}/ideas.csv")).content
    manifest = (await client.get(f"/open/{published.slug}/ideas.manifest.json")).json()
    assert (manifest["rows"], manifest["bytes"], manifest["purpose"]) == (7, len(whole), "open")
    part = await client.get(f"/open/{published.slug}/ideas.csv", headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole[10:20])


async def test_pages_in_both_languages(client, published, planner, browser_as):
    for language, word in (("ru", "Открытые данные"), ("en", "Open data")):
        headers = {"accept-language": language}
        for path in ("/open", f"/open/{published.slug}", "/help/api"):
            answer = await client.get(path, headers=headers)
            assert answer.status_code == 200
            assert word in answer.text or path == "/help/api"
    assert "rebuild" not in answer.text
    token = await browser_as(planner)
    assert "/rebuild" in (await client.get(f"/open/{published.slug}")).text
    asked = await client.post(f"/open/{published.slug}/rebuild", data={"_csrf_token": token})
    assert asked.status_code == 303
    task = "SELECT args FROM procrastinate_jobs WHERE task_name = 'ideas.opendata.jobs.publish'"
    assert database.from_json(await database.fetch_value(task)) == {"campaign": published.slug}


async def test_a_closed_dataset_is_gone(client, published, admin, planner, browser_as):
    licence = "https://creativecommons.org/publicdomain/zero/1.0/"
    await disclosure.change(admin.person, published.id, 3, licence, False)
    for path in ("", "/ideas.csv", "/dataset.jsonld", "/ideas.manifest.json"):
        assert (await client.get(f"/open/{published.slug}{path}")).status_code == 404
    assert published.slug not in (await client.get("/open/catalog.jsonld")).text
    assert await actions.publish_all(missing_only=False) == []
    left = "SELECT count(*) FROM export WHERE way = 'open' AND campaign = $1"
    assert await database.fetch_value(left, published.id) == 0


async def test_another_building_takes_the_place_of_the_last(client, published, citizen):
    await factories.idea(published, citizen, "Восьмая")
    assert await actions.publish_all(missing_only=True) == []
    assert await actions.publish_all(missing_only=False) == [published.slug]
    assert "Восьмая" in (await client.get(f"/open/{published.slug}/ideas.csv")).text
    assert (await client.get("/open/nowhere")).status_code == 404
    assert (await client.get(f"/open/{published.slug}/votes.csv")).status_code == 404
