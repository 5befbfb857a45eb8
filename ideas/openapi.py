"""The OpenAPI document of `/api`: what Litestar gathers, made true.

Litestar knows paths, parameters and bodies. From guards and docstrings come here who may call what, names, summaries
and the failures as they really are answered (problem+json); pages are left out. The slices' `EXAMPLES` are below,
because a document is read in one place.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from litestar import Litestar, Request
from litestar.enums import OpenAPIMediaType
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.routes import HTTPRoute

from ideas.openapi_examples import BODIES, BOUNDS, CONTENT, FIELDS, MORE_PARAMETERS, PARAMETERS, RESPONSES

LARGEST = 2**63 - 1
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457; `errors` names fields of the input that are at fault.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "example": "/problems/not-found"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
_MEANINGS = {
    400: "A parameter or the body is not of the expected form, or names something unknown.",
    401: "No token, or one that is not valid any more.",
    403: "This is for other roles.",
    404: "There is no such thing.",
    405: "This address does not take such a request.",
    409: "Not possible now: a stage is closed, or somebody was faster.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    416: "There are no such bytes.",
    422: "The input was understood, and is not acceptable; `errors` says why, by field.",
    429: "Too many tries; `Retry-After` says how long to wait, in seconds.",
}
_DONE = {
    "200": "Success.",
    "201": "Made.",
    "202": "Noted; a job does it.",
    "204": "Done; there is nothing to say.",
}
_WRITES = frozenset({"post", "put", "delete", "patch"})


class Document(OpenAPIRenderPlugin):
    """Serves the document; made once."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json", media_type=OpenAPIMediaType.OPENAPI_JSON)
        self._made: bytes | None = None

    def render(self, request: Request, openapi_schema: dict[str, Any]) -> bytes:
        if self._made is None:
            self._made = msgspec.json.encode(document(request.app, openapi_schema))
        return self._made


def document(app: Litestar, schema: dict[str, Any]) -> dict[str, Any]:
    """The true document from Litestar's. `schema` is left as it is."""
    schema = msgspec.json.decode(msgspec.json.encode(schema))
    handlers = _handlers(app)
    paths: dict[str, Any] = {}
    for path, operations in schema["paths"].items():
        if path.startswith("/api/") or path in ("/health", "/ready"):
            paths[path] = {
                method: _operation(path, method, operation, handlers[path, method.upper()])
                for method, operation in operations.items()
            }
    components = schema.get("components", {})
    components.setdefault("schemas", {})["Problem"] = _PROBLEM
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    made = {**schema, "paths": paths, "components": components}
    made["info"]["description"] = (
        "Programs send `Authorization: Bearer <token>`; `POST /api/token` gives one. Lists are paged by `next`, handed "
        "back as `after`. Failures are problem+json (RFC 9457)."
    )
    _drop_unused(made)
    _bound(made)
    return made


def name_methods(app: Litestar) -> None:
    """Let OPTIONS name every method of a path; Litestar's answer knows only those of the first handlers."""
    for route in app.routes:
        if isinstance(route, HTTPRoute) and (found := route.route_handler_map.get("OPTIONS")):
            found[0]._fn = route.create_options_handler(route.path).fn


def _handlers(app: Litestar) -> dict[tuple[str, str], HTTPRouteHandler]:
    found = {}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if isinstance(handler, HTTPRouteHandler):
                found.update({(str(route.path_format), m): handler for m in handler.http_methods})
    return found


def _operation(path: str, method: str, given: dict[str, Any], handler: HTTPRouteHandler) -> dict[str, Any]:
    guards = {guard.__name__ for guard in handler.resolve_guards()}
    text = re.sub(r"[ \n]+", " ", handler.fn.__doc__ or "").strip()
    tag = (given.get("tags") or ["service"])[0]
    name = _name(handler)
    made = {**given, "tags": [tag], "operationId": name, "summary": re.split(r"(?<=[.;])\s", text)[0].rstrip(".;"),
            "description": text, "security": [] if "anyone" in guards else [{"token": []}]}  # fmt: skip
    if name in MORE_PARAMETERS:
        known = {p["name"] for p in made.get("parameters", [])}
        more = [dict(p) for p in MORE_PARAMETERS[name] if p["name"] not in known]
        made["parameters"] = [*made.get("parameters", []), *more]
    for parameter in made.get("parameters", []):
        if parameter["name"] in PARAMETERS and "example" not in parameter:
            parameter["example"] = PARAMETERS[parameter["name"]]
    if "requestBody" in made:
        made["requestBody"]["required"] = True
        for content in made["requestBody"]["content"].values():
            if name in BODIES:
                content["example"] = BODIES[name]
    done = {k: v for k, v in made["responses"].items() if k < "400"}
    responses = {k: {**v, "description": _DONE.get(k, v["description"])} for k, v in done.items()}
    for status, content in CONTENT.get(name, {}).items():
        responses[status] = {**responses.get(status, {"description": "Success"}), **content}
    for status, example in RESPONSES.get(name, {}).items():
        responses[status]["content"]["application/json"]["example"] = example
    for status in sorted(_failures(path, method, made, guards)):
        responses.setdefault(str(status), {
            "description": _MEANINGS[status],
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        })  # fmt: skip
    return {**made, "responses": dict(sorted(responses.items()))}


def _name(handler: HTTPRouteHandler) -> str:
    """`IdeaApi.list` as `idea.list`, `ExportJobApi.order` as `export_job.order`."""
    owner, _, function = handler.fn.__qualname__.rpartition(".")
    owner = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", owner.removesuffix("Api")).lower()
    return f"{owner}.{function}" if owner else function


def _failures(path: str, method: str, operation: dict[str, Any], guards: set[str]) -> set[int]:
    """The statuses below 500 that an operation may end with besides success."""
    if path in ("/health", "/ready"):
        return set()
    named = {p["name"] for p in operation.get("parameters", [])}
    found = {400, 401}
    if "anyone" not in guards and "signed_in" not in guards:
        found.add(403)
    if "{" in path or "campaign" in named or (method in _WRITES and "requestBody" in operation):
        found.add(404)
    if method in _WRITES:
        found |= {409, 422, 429}
    if "requestBody" in operation:
        found |= {403, 413, 415}
    if path.startswith("/api/export"):
        found |= {404, 409, 429}
    return found


def _drop_unused(made: dict[str, Any]) -> None:
    """Schemas that only pages needed."""
    schemas = made["components"]["schemas"]
    while True:
        text = msgspec.json.encode(made).decode()
        unused = [name for name in schemas if f'"#/components/schemas/{name}"' not in text]
        if not unused:
            return
        for name in unused:
            del schemas[name]


def _bound(made: dict[str, Any]) -> None:
    """What the handlers refuse, said beforehand."""
    for operations in made["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                for schema in _kinds(parameter.get("schema", {})):
                    if schema.get("type") == "integer" and parameter["name"] != "limit":
                        # Numbers of rows: whatever lies beyond is refused before anything looks for it.
                        schema.update({"format": "int64", "minimum": 1, "maximum": LARGEST})
                    elif schema.get("type") == "string":
                        schema.update(BOUNDS.get(parameter["name"], {}))
    for name, fields in FIELDS.items():
        properties = made["components"]["schemas"].get(name, {}).get("properties", {})
        for field, bounds in fields.items():
            properties.get(field, {}).update(bounds)


def _kinds(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """A schema, or those that it is one of."""
    return schema.get("oneOf") or schema.get("anyOf") or [schema]
