"""What every page and call shares: language, templates, "wants HTML", keyset cursors, flash messages."""

from __future__ import annotations

import base64
import json
import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import jinja2
import msgspec
from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.response import Redirect
from litestar.utils.scope.state import ScopeState
from markupsafe import Markup, escape

from ideas import i18n, remembered
from ideas.errors import BadRequest, DomainError, Message, message
from ideas.i18n import LANGUAGES, translator

FRONTEND = Path(__file__).parent.parent / "frontend"
DIST = FRONTEND / "dist"


def wants_html(request: Request) -> bool:
    """Pages answer with HTML, `/api` and the probes with JSON."""
    return not request.url.path.startswith(("/api", "/health", "/ready", "/metrics"))


def language_of(request: Request) -> str:
    """The chosen language, else the account's, else what the browser asks for, else Russian."""
    chosen = request.cookies.get("language")
    if chosen in LANGUAGES:
        return chosen
    user = request.scope.get("user")
    if user is not None and user.language in LANGUAGES:
        return user.language
    for item in request.headers.get("accept-language", "").split(","):
        lang = item.split(";")[0].strip()[:2].lower()
        if lang in LANGUAGES:
            return lang
    return "ru"


def safe_next(address: str | None, default: str = "/") -> str:
    """An address on this site to go on to, never another host's."""
    if (
        address
        and address.startswith("/")
        and not address.startswith(("//", "/\\"))
        and address.isprintable()
    ):
        return address[:2000]
    return default


def origin(request: Request) -> str:
    """Where the product stands, without a slash at the end: for addresses that other sites read."""
    settings = request.app.state.get("settings")
    return (settings and settings.public_url) or str(request.base_url).rstrip("/")


def sign_in_address(request: Request) -> str:
    """The sign-in page that leads back to where the person was."""
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"/sign-in?next={quote(path)}"


# Templates


@cache
def _manifest() -> dict[str, str]:
    path = DIST / "manifest.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def static(name: str) -> str:
    """The address of a built asset by its logical name."""
    return "/static/" + _manifest().get(name, name)


@cache
def templates(lang: str) -> jinja2.Environment:
    """The template environment of one language."""
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [
                jinja2.FileSystemLoader(FRONTEND / "templates"),
                jinja2.PrefixLoader({"govuk_frontend_jinja": jinja2.PackageLoader("govuk_frontend_jinja")}),
            ]
        ),
        autoescape=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=1000,
    )
    environment.install_gettext_translations(i18n.translations(lang), newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(static=static, lang=lang)
    filters: dict[str, Any] = {
        "date": lambda v, form="long": i18n.local_date(v, lang, form),
        "datetime": lambda v: i18n.local_datetime(v, lang),
        "clock": i18n.local_clock,
        "iso": lambda v: v.isoformat() if isinstance(v, (date, datetime)) else "",
        "ago": lambda v: i18n.ago(v, lang),
        "number": lambda v: i18n.number(v, lang),
        "percent": lambda v: i18n.percent(v, lang),
        "local": lambda v: i18n.localised(v, lang),
        "say": translator(lang),
        "paragraphs": paragraphs,
    }
    environment.filters.update(filters)
    return environment


def paragraphs(text: str) -> Markup:
    """Plain text as escaped paragraphs and line breaks."""
    blocks = [b.strip() for b in text.replace("\r\n", "\n").split("\n\n") if b.strip()]
    return Markup("").join(
        Markup("<p>{}</p>").format(Markup("<br>").join(escape(line) for line in block.split("\n")))
        for block in blocks
    )


def render(request: Request, template: str, /, **context: Any) -> str:
    """A template as text, with what every template gets."""
    lang = language_of(request)
    token = ScopeState.from_scope(request.scope).csrf_token or ""
    if not isinstance(token, str):
        token = ""
    query = request.url.query
    shared = {
        "user": (user := request.scope.get("user")),
        "notices_count": user.unread if user else 0,
        "csrf_token": token,
        "csrf_field": Markup('<input type="hidden" name="_csrf_token" value="{}">').format(token),
        "path": request.url.path + (f"?{query}" if query else ""),
        "origin": origin(request),
        "canonical": request.url.path,
        "flash": flashed(request),
        "campaign": None,
        "values": {},
        "errors": {},
        "htmx": request.headers.get("hx-request") == "true",
    }
    if "errors" in context or "problem" in context:
        context["errors"] = _said_errors(context, translator(lang))
    return templates(lang).get_template(template).render({**shared, **context})


def _said_errors(context: dict[str, Any], say: Any) -> dict[str, str]:
    """Messages by field in the page's language; a problem with no field stands under ""."""
    errors = {field: say(text) for field, text in (context.get("errors") or {}).items()}
    problem = context.get("problem")
    if isinstance(problem, DomainError) and not errors:
        errors[""] = say(problem.detail)
    return errors


_PAGE_HEADERS = {"Vary": "Cookie, Accept-Language, HX-Request", "Cache-Control": "no-cache, private"}


def page(
    request: Request,
    template: str,
    /,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **context: Any,
) -> Response:
    """An HTML answer. Flash messages that it showed are forgotten."""
    body = render(request, template, **context)
    cookies = [Cookie("flash", value="", max_age=0)] if "flash" in request.cookies else []
    return Response(
        body,
        status_code=status,
        media_type="text/html",
        headers={**_PAGE_HEADERS, **(headers or {})},
        cookies=cookies,
    )


async def page_for_strangers(
    request: Request, make: Callable[[], Awaitable[tuple[Response, Sequence[int]]]]
) -> tuple[Response, Sequence[int]]:
    """A page and the ideas it shows; people who are not signed in share it for a few seconds.

    It differs between them by the CSRF token alone, so the page is kept in the pieces between the tokens.
    """
    token = ScopeState.from_scope(request.scope).csrf_token
    address = f"{request.url.path}?{request.url.query}"
    plain = not request.cookies.get("flash") and "hx-request" not in request.headers
    if request.user is not None or not token or not isinstance(token, str) or not plain or len(address) > 400:
        return await make()

    async def pieces() -> tuple[int, list[str], Sequence[int]]:
        response, shown = await make()
        return response.status_code or 200, response.content.split(token), shown

    # Its links for other sites name the host that was asked for.
    key = ("page", origin(request), address, language_of(request))
    status, parts, shown = await remembered.shared(key, pieces)
    body = token.join(parts)
    return Response(body, status_code=status, media_type="text/html", headers=_PAGE_HEADERS), shown


def error_page(request: Request, problem: DomainError, headers: dict[str, str]) -> Response:
    """The message of a failure on an accessible page."""
    say = translator(language_of(request))
    detail = say(problem.detail) if problem.detail != problem.title else None
    body = render(
        request, "layout/error.html", status=problem.status, title=say(problem.title), detail=detail
    )
    return Response(
        body, status_code=problem.status, headers={**_PAGE_HEADERS, **headers}, media_type="text/html"
    )


def redirect(
    request: Request, address: str, said: Message | str | None = None, kind: str = "success"
) -> Redirect:
    """Go on to another page (303), with a message there. Kinds: success, info, error."""
    cookies = []
    if said is not None:
        text = translator(language_of(request))(said)
        cookies = [
            Cookie(
                "flash",
                value=quote(json.dumps([{"kind": kind, "text": text[:400]}])),
                httponly=True,
                max_age=60,
            )
        ]
    return Redirect(address, status_code=303, cookies=cookies)


def flashed(request: Request) -> list[dict[str, str]]:
    """Messages that the previous answer left for this page."""
    raw = request.cookies.get("flash")
    if not raw:
        return []
    try:
        items = json.loads(unquote(raw))
        return [{"kind": str(i["kind"]), "text": str(i["text"])} for i in items][:5]
    except (ValueError, KeyError, TypeError):
        return []


# Keyset pages


def cursor(*values: Any) -> str:
    """An opaque cursor that holds the sort values of the last row."""
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).rstrip(b"=").decode()


def from_cursor(text: str | None, types: type[Any]) -> Any:
    """The values of a cursor as `types` (a tuple type), None for none; anything else is a BadRequest."""
    if not text:
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return msgspec.json.decode(raw, type=types)
    except (ValueError, msgspec.MsgspecError) as error:
        raise BadRequest(
            message("This page of the list is not known; please start from its first page.")
        ) from error


# Input


def clean(text: Any, *, lines: bool = False) -> str:
    """Typed text without control characters and lone surrogates; one line unless `lines`."""
    if not isinstance(text, str):
        return ""
    text = unicodedata.normalize("NFC", text.encode("utf-8", "ignore").decode("utf-8")).replace("\r\n", "\n")
    kept = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs", "Co", "Cn"))
    return kept.strip() if lines else " ".join(kept.split())
