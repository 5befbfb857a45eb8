"""The interface for programs on a page of our own, made from the OpenAPI document that programs read."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from litestar import Controller, Request, Response, get

from ideas.account.guards import anyone
from ideas.errors import Message, message
from ideas.openapi import document
from ideas.web import page

TAGS: dict[str, Message] = {
    "account": message("Accounts and tokens"),
    "campaign": message("Projects"),
    "idea": message("Ideas"),
    "vote": message("Votes"),
    "comment": message("Comments"),
    "notice": message("Following"),
    "cluster": message("Groups"),
    "moderation": message("Decisions"),
    "ranking": message("Ranking"),
    "dashboard": message("Dashboards"),
    "export": message("Exports"),
    "service": message("State of the service"),
}


class Operation(msgspec.Struct):
    """One call. `anyone`: it needs no token."""

    id: str
    method: str
    path: str
    summary: str
    rest: str
    anyone: bool
    parameters: list[dict[str, Any]]
    body: str
    fields: list[dict[str, Any]]
    answers: list[tuple[str, str, str]]


class ApiPages(Controller):
    @get("/help/api", guards=[anyone])
    async def reference(self, request: Request) -> Response:
        """Every call with its parameters, an example and its answers."""
        made = document(request.app, request.app.openapi_schema.to_schema())
        groups: dict[str, list[Operation]] = {}
        for path, operations in made["paths"].items():
            for method, given in operations.items():
                groups.setdefault(given["tags"][0], []).append(_operation(path, method, given, made))
        order = [*TAGS, *sorted(set(groups) - set(TAGS))]
        for found in groups.values():
            found.sort(key=lambda o: (o.path, o.method))
        shown = [(tag, TAGS.get(tag), groups[tag]) for tag in order if tag in groups]
        return page(request, "opendata/api.html", groups=shown, calls=sum(len(g) for _, _, g in shown))


def _operation(path: str, method: str, given: dict[str, Any], made: dict[str, Any]) -> Operation:
    body = next(iter(given.get("requestBody", {}).get("content", {}).values()), {})
    summary = given["summary"]
    rest = given["description"].removeprefix(summary).lstrip(".;: ")
    return Operation(
        given["operationId"], method.upper(), path, summary, rest[:1].upper() + rest[1:], not given["security"],
        [{"name": p["name"], "where": p["in"], "kind": _kind(p.get("schema", {}))}
         for p in given.get("parameters", [])],
        json.dumps(body["example"], ensure_ascii=False, indent=2) if "example" in body else "",
        _fields(body.get("schema", {}), made),
        [(status, answer.get("description", ""), _example(answer)) for status, answer in given["responses"].items()],
    )  # fmt: skip


def _example(answer: dict[str, Any]) -> str:
    for content in answer.get("content", {}).values():
        if "example" in content:
            return json.dumps(content["example"], ensure_ascii=False)
    return ""


def _fields(schema: dict[str, Any], made: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields of a body."""
    name = schema.get("$ref", "").rpartition("/")[2]
    found = made["components"]["schemas"].get(name, schema)
    required = found.get("required", [])
    return [
        {
            "name": field,
            "kind": _kind(kind),
            "required": field in required,
            "about": kind.get("description", ""),
        }
        for field, kind in found.get("properties", {}).items()
    ]


def _kind(schema: dict[str, Any]) -> str:
    """A schema in a word or two."""
    if choices := schema.get("oneOf") or schema.get("anyOf"):
        return " | ".join(dict.fromkeys(_kind(c) for c in choices))
    if "enum" in schema:
        return " | ".join(str(v) or "—" for v in schema["enum"])
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    kind = schema.get("type", "any")
    if kind == "array":
        return f"[{_kind(schema.get('items', {}))}]"
    return " | ".join(kind) if isinstance(kind, list) else kind
