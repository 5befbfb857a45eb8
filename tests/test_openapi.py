"""The OpenAPI document says what the server does: by its own rules, and by schemathesis against a running one."""

from __future__ import annotations

import asyncio
import re

import msgspec
import pytest
from litestar.handlers import HTTPRouteHandler

from tests import fuzz

EXAMPLES = 2
SEED = 20140605


@pytest.fixture
async def document(client):
    answer = await client.get("/api/schema/openapi.json")
    assert answer.headers["content-type"].startswith("application/vnd.oai.openapi+json")
    return answer.json()


def operations(document):
    for path, found in document["paths"].items():
        for method, operation in found.items():
            yield method, path, operation


async def test_every_call_has_a_name_a_summary_and_its_failures(document):
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z_]+(\.[a-z_]+)?", id) for id in ids), ids
    for method, path, operation in operations(document):
        assert operation["summary"], path
        assert operation["tags"], path
        for status, answer in operation["responses"].items():
            if status >= "400" and status not in ("416", "503"):
                assert list(answer["content"]) == ["application/problem+json"], (path, status)
        if path.startswith("/api/"):
            assert "401" in operation["responses"], path
        if operation["security"]:
            assert operation["security"] == [{"token": []}]
        if "{" in path and path.startswith("/api/"):
            assert "404" in operation["responses"], path
        assert method != "get" or "requestBody" not in operation


async def test_it_names_calls_for_programs_and_no_pages(document, client):
    assert all(path.startswith("/api/") or path in ("/health", "/ready") for path in document["paths"])
    app = client._transport.app
    served = {
        (m.lower(), str(route.path_format))
        for route in app.routes
        for handler in getattr(route, "route_handlers", [])
        if isinstance(handler, HTTPRouteHandler) and str(route.path_format).startswith("/api/")
        for m in handler.http_methods
        if m != "OPTIONS" and not str(route.path_format).startswith("/api/schema")
    }
    assert served == {(m, p) for m, p, _ in operations(document) if p.startswith("/api/")}


async def test_every_reference_leads_somewhere(document):
    text = msgspec.json.encode(document).decode()
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert named == set(document["components"]["schemas"])


async def test_examples_are_of_the_form_they_show(document):
    for _, path, operation in operations(document):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            schema = document["components"]["schemas"].get(
                content["schema"].get("$ref", "").rpartition("/")[2], {}
            )
            if "example" in content and schema:
                assert set(content["example"]) <= set(schema["properties"]), path
                assert set(schema.get("required", [])) <= set(content["example"]), path


async def test_options_name_every_method(document, client):
    for path, found in document["paths"].items():
        answer = await client.options(re.sub(r"\{[^}]+\}", "1", path))
        allowed = {m.strip().lower() for m in answer.headers["allow"].split(",")}
        assert allowed - {"options", "head"} == set(found), path


async def test_the_page_shows_every_call(document, client):
    page = (await client.get("/help/api")).text
    for _, _, operation in operations(document):
        assert f'id="{operation["operationId"]}"' in page


async def test_the_server_does_what_the_document_says(scratch_pool):
    """A few calls of each kind, for an organiser, whom no guard keeps out; `python -m tests.fuzz`: many, for all."""
    tokens = await fuzz.fill()

    def work() -> None:
        with fuzz.server(scratch_pool) as address:
            status, said = fuzz.run(
                address, tokens["admin"], examples=EXAMPLES, seed=SEED, phases="examples,fuzzing"
            )
            assert status == 0, said
            assert "Tested: 0" not in said
            assert "generated" in said

    await asyncio.to_thread(work)
