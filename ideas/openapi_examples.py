"""What the OpenAPI document says besides what Litestar gathers: examples, bounds, answers that are no JSON.

Operations are named by `operationId`, which is `slice.verb`.
"""

from __future__ import annotations

from typing import Any

PARAMETERS: dict[str, Any] = {
    "campaign": "my-office",
    "slug": "my-office",
    "limit": 20,
    "what": "ideas",
    "text": "Пусть талон приходит на телефон",
}
_DECISION = {
    "verdict": "accept",
    "reason": "Сделаем к осени: в десяти центрах талон придёт на телефон.",
    "except": [],
    "letter": "Здравствуйте, {name}! Спасибо за идею «{title}».",
}
BODIES: dict[str, Any] = {
    "account.sign_in": {"email": "citizen@example.org", "password": "my-office-demo"},
    "account.register": {"email": "anna@example.org", "password": "long enough", "name": "Анна"},
    "idea.submit": {
        "campaign": "my-office",
        "title": "Талон на телефон",
        "text": "Пусть сообщение приходит, когда до окна осталось три человека.",
    },
    "comment.create": {"side": "for", "text": "Так уже работает в поликлинике."},
    "moderation.decide": _DECISION,
    "moderation.decide_idea": _DECISION,
    "moderation.tags_of_idea": {"principles": ["time", "access"]},
    "cluster.merge": {"ids": [3, 8]},
    "cluster.split": {"ideas": [12, 15]},
    "cluster.move": {"ideas": [12]},
    "cluster.rename": {"name": "Электронная очередь"},
    "export_job.order": {
        "file": "ideas.csv",
        "campaign": "my-office",
        "filters": {"status": "accepted"},
        "columns": ["id", "title", "votes"],
    },
}
_ID = {"type": "integer", "format": "int64", "minimum": 1, "maximum": 2**63 - 1}
_IDS = {"items": _ID}
_VERDICT = {"enum": ["accept", "decline", "forward"]}


def _long(most: int, least: int = 1) -> dict[str, Any]:
    """A text whose characters are counted after control characters are taken away, so that it has no `maxLength`."""
    return {
        "minLength": least,
        "description": f"{least} to {most} characters, control characters not counted",
    }


_RULING = {"verdict": _VERDICT, "reason": _long(2000), "letter": {"description": "up to 4000 characters"}}
_STATES = ["", "open", "accepted", "declined", "forwarded"]
# Bounds of parameters by name, and of bodies' fields by the name of their schema.
BOUNDS: dict[str, dict[str, Any]] = {
    "q": {"maxLength": 200},
    "sort": {"enum": ["", "new", "top", "fair", "match"]},
    "state": {"enum": _STATES},
    "status": {"enum": ["", "submitted", "study", "accepted", "declined", "standard", "done"]},
    "purpose": {"pattern": "^([a-z0-9][a-z0-9-]{0,39})?$"},
    "after": {"pattern": "^[A-Za-z0-9_-]*$", "maxLength": 400},
}
FIELDS: dict[str, dict[str, dict[str, Any]]] = {
    "NewIdea": {"title": _long(120, 3), "text": _long(5000, 10)},
    "NewComment": {
        "side": {"enum": ["for", "against", "question"]},
        "text": _long(2000),
    },
    "Registration": {
        "email": {"maxLength": 254, "format": "email"},
        "password": {"minLength": 8, "maxLength": 200},
        "name": _long(80),
    },
    "DecisionInput": {**_RULING, "except": _IDS},
    "Merge": {"ids": _IDS},
    "SplitOff": {"ideas": _IDS},
    "Rename": {"name": _long(200)},
    "Order": {"file": {"pattern": r"^[a-z]+\.(csv|xlsx|jsonl|parquet)$"}},
}
_TEXT = {"schema": {"type": "string"}, "in": "query", "required": False}
_FILTERS = ("campaign", "q", "principle", "office", "district", "status", "cluster", "theme")
_DEEDS = ("kind", "account", "subject", "first", "last")
# Parameters that a handler reads by itself.
MORE_PARAMETERS: dict[str, list[dict[str, Any]]] = {
    name: [{**_TEXT, "schema": {"type": "string"}, "name": n} for n in (*_FILTERS, *_DEEDS)]
    for name in ("export.about", "export.file")
}
RESPONSES: dict[str, dict[str, Any]] = {
    "account.sign_in": {"201": {"token": "Jv3f…", "expires": "2026-10-01T09:00:00Z"}},
    "vote.cast": {"200": {"votes": 12, "voted": True}},
    "vote.withdraw": {"200": {"votes": 11, "voted": False}},
    "idea.similar": {"200": {"items": [{"id": 7, "title": "Талон на телефон", "votes": 12, "score": 0.83}]}},
    "moderation.decide": {"200": {"decision": 4, "ideas": [7, 9, 12]}},
}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_BOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FILES = dict.fromkeys(("text/csv", "application/x-ndjson", _BOOK, "application/vnd.apache.parquet"), _BINARY)
_MANIFEST = {"application/json": {"schema": {"$ref": "#/components/schemas/Manifest"}}}
_HEADERS = {
    "ETag": {"schema": {"type": "string"}},
    "Accept-Ranges": {"schema": {"type": "string"}},
}
CONTENT: dict[str, dict[str, Any]] = {
    "export.file": {"200": {"content": {**_FILES, **_MANIFEST}}},
    "export_job.kept": {
        "200": {"content": {**_FILES, **_MANIFEST}},
        "206": {"description": "The part that was asked for", "content": _FILES, "headers": _HEADERS},
        "304": {"description": "The file has not changed", "headers": _HEADERS},
        "416": {"description": "There are no such bytes", "headers": _HEADERS},
    },
    "ready": {
        "503": {
            "description": "Not ready yet",
            "content": {
                "application/json": {"schema": {"type": "object", "additionalProperties": {"type": "string"}}}
            },
        }
    },
}
