"""create_app(): the only place where the parts are wired together."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
from litestar import Litestar, Response, Router, get
from litestar.config.app import AppConfig
from litestar.config.compression import CompressionConfig
from litestar.config.csrf import CSRFConfig
from litestar.connection import ASGIConnection
from litestar.datastructures import CacheControlHeader, State
from litestar.handlers import BaseRouteHandler
from litestar.middleware import DefineMiddleware
from litestar.openapi import OpenAPIConfig
from litestar.static_files import create_static_files_router
from litestar.types import Message, Scope

from ideas import database, errors, visits, web
from ideas.account.api import AccountApi
from ideas.account.guards import anyone
from ideas.account.middleware import CSRF, Authentication
from ideas.account.own_pages import OwnPages
from ideas.account.pages import AccountPages
from ideas.campaign.api import CampaignApi
from ideas.campaign.pages import OrganisePages
from ideas.cluster.api import ClusterApi
from ideas.cluster.pages import ClusterPages
from ideas.comment.api import CommentApi
from ideas.comment.pages import CommentPages
from ideas.commitment.desk_pages import CommitmentDesk
from ideas.commitment.pages import CommitmentPages
from ideas.dashboard.api import DashboardApi
from ideas.dashboard.pages import DashboardPages
from ideas.draft.pages import DraftPages
from ideas.front.pages import FrontPages
from ideas.idea import similar
from ideas.idea.api import IdeaApi
from ideas.idea.pages import IdeaPages
from ideas.map.api import MapApi
from ideas.map.pages import MapPages
from ideas.moderation.api import ModerationApi
from ideas.moderation.appeal_pages import AppealPages
from ideas.moderation.lineage_pages import LineagePages
from ideas.moderation.log_pages import LogPages
from ideas.moderation.lone_pages import LonePages
from ideas.moderation.opinion_pages import OpinionPages
from ideas.moderation.outcome_pages import OutcomePages
from ideas.moderation.pages import ModerationPages
from ideas.moderation.report_pages import ReportPages
from ideas.moderation.same_pages import SamePages
from ideas.moderation.scope_pages import ScopePages
from ideas.moderation.selection_pages import SelectionApi, SelectionPages
from ideas.moderation.word_pages import WordPages
from ideas.notice.feed_pages import FeedPages
from ideas.notice.pages import FollowApi, FollowPages, LetterPages, MailboxPages
from ideas.office.pages import OfficePages
from ideas.openapi import Document, name_methods
from ideas.opendata.api_pages import ApiPages
from ideas.opendata.pages import OpenPages
from ideas.photo.pages import PhotoPages
from ideas.planning.api import ExportApi
from ideas.planning.export_api import ExportJobApi
from ideas.planning.export_pages import ExportPages
from ideas.planning.pages import PlanningPages
from ideas.ranking.api import RankingApi
from ideas.ranking.pages import RankingPages
from ideas.report.pages import CampaignReportPages
from ideas.settings import Settings
from ideas.standard.clause_pages import ClausePages
from ideas.standard.desk_pages import StandardDesk
from ideas.standard.pages import StandardPages
from ideas.standard.pledge_pages import PledgePages
from ideas.teaching.pages import TeachingPages
from ideas.vote.api import VoteApi
from ideas.vote.pages import VotePages
from ideas.webhook.pages import WebhookPages

BODY_LIMIT = 1_000_000

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)
_HEADERS = [
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
]


async def secure_headers(message: Message, _: Scope) -> None:
    """Put the security headers on every answer, errors too."""
    if message["type"] == "http.response.start":
        given = {name.lower() for name, _ in message["headers"]}
        message["headers"] = [*message["headers"], *(h for h in _HEADERS if h[0] not in given)]


async def _authorize(self: BaseRouteHandler, connection: ASGIConnection) -> None:
    for guard in self.resolve_guards():
        await guard(connection, self)  # type: ignore[misc]


# Litestar's own copies the handler for each guard of each request, a tenth of its time; ours only read it.
BaseRouteHandler.authorize_connection = _authorize


@get("/health", guards=[anyone], exclude_from_csrf=True)
async def health() -> dict[str, str]:
    """The process is up."""
    return {"status": "up"}


@get("/ready", guards=[anyone], exclude_from_csrf=True)
async def ready() -> Response[dict[str, str]]:
    """The database answers and has the tables of this version."""
    try:
        await database.fetch_value("SELECT count(*) FROM campaign")
    except Exception:
        return Response({"status": "not ready"}, status_code=503)
    return Response({"status": "ready"})


async def _prepare() -> None:
    """What the first visitor should not have to wait for; a database without tables yet is no reason to fail."""
    with suppress(asyncpg.PostgresError, OSError):
        await similar.prepare()
    # What is loaded by now stays; to look through it for garbage held up everybody for 0.1 s in each second.
    gc.collect()
    gc.freeze()
    # Requests make little rubbish in circles, so it is looked for less often than after each 700 new objects.
    gc.set_threshold(20_000, 20, 20)


PARTS: list[Any] = [
    health,
    ready,
    AccountApi,
    AccountPages,
    OwnPages,
    AppealPages,
    CampaignApi,
    OrganisePages,
    ClusterApi,
    ClusterPages,
    CommentApi,
    CommentPages,
    CommitmentDesk,
    CommitmentPages,
    DashboardApi,
    DashboardPages,
    DraftPages,
    IdeaApi,
    IdeaPages,
    LineagePages,
    LogPages,
    LonePages,
    MapApi,
    MapPages,
    ModerationApi,
    ModerationPages,
    OfficePages,
    OpinionPages,
    OutcomePages,
    ReportPages,
    SamePages,
    ScopePages,
    SelectionApi,
    SelectionPages,
    FeedPages,
    FollowApi,
    FollowPages,
    LetterPages,
    MailboxPages,
    ApiPages,
    OpenPages,
    PhotoPages,
    ExportApi,
    ExportJobApi,
    ExportPages,
    PlanningPages,
    RankingApi,
    RankingPages,
    ClausePages,
    PledgePages,
    StandardDesk,
    StandardPages,
    TeachingPages,
    CampaignReportPages,
    VoteApi,
    VotePages,
    WebhookPages,
    WordPages,
    FrontPages,
]


def _static_files() -> Router:
    return create_static_files_router(
        path="/static",
        directories=[web.DIST],
        guards=[anyone],
        # Names of built files change with their content.
        cache_control=CacheControlHeader(public=True, max_age=31_536_000, immutable=True),
        opt={"exclude_from_csrf": True},
        include_in_schema=False,
    )


def _csrf(settings: Settings) -> CSRFConfig:
    return CSRFConfig(
        secret=settings.secret,
        cookie_name="csrf",
        header_name="x-csrftoken",
        cookie_secure=settings.secure_cookies,
        cookie_httponly=True,
        cookie_samesite="lax",
    )


def create_app(
    settings: Settings | None = None, handlers: list[Any] | None = None, *, pool: bool = True
) -> Litestar:
    """The web product.

    Args:
        settings: what an operator can set; by default from the environment.
        handlers: further route handlers (benchmarks measure their "hello" in the same server).
        pool: whether the app opens and closes the database pool; tests bring their own.
    """
    settings = settings or Settings.from_environment()

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        if pool:
            await database.open_pool(smallest=settings.pool_smallest, largest=settings.pool_largest)
        preparing = asyncio.create_task(_prepare()) if pool else None
        try:
            yield
        finally:
            if preparing:
                preparing.cancel()
            if pool:
                await database.close_pool()

    def with_state(config: AppConfig) -> AppConfig:
        config.state = State({"settings": settings})
        return config

    app = Litestar(
        route_handlers=[*PARTS, _static_files(), *(handlers or [])],
        lifespan=[lifespan],
        middleware=[DefineMiddleware(Authentication), DefineMiddleware(CSRF, config=_csrf(settings))],
        exception_handlers={Exception: errors.handle},
        before_send=[secure_headers, visits.count],
        request_max_body_size=BODY_LIMIT,
        compression_config=CompressionConfig(
            backend="gzip",
            gzip_compress_level=5,
            minimum_size=1000,
            # What is compressed already, or streamed.
            exclude=["/api/export", "/open/.*[.](csv|jsonl)$", "/photos/", "/poster"],
        ),
        openapi_config=OpenAPIConfig(
            title="Мой офис госуслуг", version="1", path="/api/schema", render_plugins=[Document()]
        ),
        logging_config=None,
        on_app_init=[with_state],
    )
    name_methods(app)
    return app
