"""Webhooks: signed messages to a real receiver, tried again, never into the server's own network."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import http.server
import json
import threading
from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest

from ideas import database
from ideas.moderation import actions as moderation
from ideas.moderation.rulings import Ruling
from ideas.settings import Settings
from ideas.webhook import actions, queries, rules, sending
from tests import factories


class Receiver(http.server.ThreadingHTTPServer):
    """Keeps what it is sent; answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 200

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook?a=1"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append(({k.lower(): v for k, v in self.headers.items()} | {"path": self.path}, body))
        self.send_response(self.server.status)
        self.send_header("location", "http://127.0.0.1:1/")
        self.end_headers()
        self.wfile.write(b"sorry")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


SETTINGS = Settings(
    secret="a secret for tests only", webhooks_private=True, public_url="https://ideas.example"
)


@pytest.fixture
def settings() -> Settings:
    return msgspec.structs.replace(SETTINGS, rate_limits=False)


@pytest.fixture
async def decided(campaign, citizen, moderator, admin, receiver):
    """A webhook of the receiver, and a decision on an idea."""
    hook, secret = await actions.register(
        admin.person, campaign.id, receiver.address, ["decision", "undone"], private=True
    )
    idea = await factories.idea(campaign, citizen, "Талон на телефон")
    done = await moderation.decide_idea(moderator.person, idea, Ruling("accept", "Сделаем"))
    return {"hook": hook, "secret": secret, "idea": idea, "decision": done.decision, "campaign": campaign}


async def work() -> None:
    """Run the jobs of webhooks that wait, whenever they are due."""
    while True:
        row = await database.fetch_one(
            """DELETE FROM procrastinate_jobs WHERE id = (SELECT min(id) FROM procrastinate_jobs
            WHERE task_name LIKE 'ideas.webhook%') RETURNING task_name, args, scheduled_at"""
        )
        if row is None:
            return
        args = database.from_json(row["args"])
        if row["task_name"].endswith("announce"):
            await actions.announce(
                args["event"], args["kind"], args["data"], args["decision"], args["ideas"], SETTINGS.address
            )
        else:
            await actions.send(SETTINGS, args["delivery"])


async def test_a_decision_arrives_signed(decided, receiver):
    await work()
    [(headers, body)] = receiver.got
    said = json.loads(body)
    assert (said["type"], said["campaign"]) == ("decision", decided["campaign"].slug)
    assert said["decision"]["reason"] == "Сделаем"
    url = f"https://ideas.example/ideas/{decided['idea']}"
    assert said["ideas"] == [
        {"id": decided["idea"], "title": "Талон на телефон", "status": "accepted", "url": url}
    ]
    assert headers["path"] == "/hook?a=1"
    key = base64.b64decode(decided["secret"].removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    right = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{right}"
    [message] = await queries.deliveries(decided["hook"])
    assert (message.state, message.status, message.tries) == ("sent", 200, 1)


async def test_it_is_told_once_and_only_what_it_wants(decided, receiver, moderator):
    await moderation.undo(moderator.person, decided["decision"])
    await work()
    args = (f"decision:{decided['decision']}", "decision", {}, decided["decision"], [], SETTINGS.address)
    assert await actions.announce(*args) == 0
    await actions.announce("status:1:done", "status", {"status": "done"}, None, [decided["idea"]], "")
    await work()
    assert [json.loads(body)["type"] for _, body in receiver.got] == ["decision", "undone"]


async def test_a_failure_is_tried_again_with_growing_pauses(decided, receiver):
    receiver.status = 500
    await work()
    assert len(receiver.got) == rules.TRIES
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    [message] = await queries.deliveries(decided["hook"])
    assert (message.state, message.status, message.error) == ("failed", 500, "sorry")
    receiver.status = 204
    assert await actions.again(message.id) == decided["hook"]
    await work()
    [message] = await queries.deliveries(decided["hook"])
    assert (message.state, message.tries) == ("sent", 1)


async def test_the_next_try_waits(decided, receiver):
    receiver.status = 503
    [hook] = await queries.of_campaign(decided["campaign"].id)
    row = await database.fetch_one("SELECT args FROM procrastinate_jobs WHERE task_name LIKE '%announce'")
    assert row is not None
    args = database.from_json(row["args"])
    await actions.announce(args["event"], args["kind"], args["data"], args["decision"], args["ideas"], "")
    [message] = await queries.deliveries(hook.id)
    await database.execute("DELETE FROM procrastinate_jobs")
    await actions.send(SETTINGS, message.id)
    due = await database.fetch_value(
        "SELECT scheduled_at - now() FROM procrastinate_jobs WHERE task_name LIKE '%send'"
    )
    assert timedelta(seconds=20) < due <= timedelta(seconds=31)
    assert [rules.wait(n).total_seconds() for n in (1, 2, 3, 9)] == [30, 120, 480, 28800]


async def test_redirects_are_not_followed(decided, receiver):
    receiver.status = 302
    await work()
    [message] = await queries.deliveries(decided["hook"])
    assert message.status == 302
    assert message.state == "failed"


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/", "ftp://example.org/", "https://", "https://u:p@example.org/", "https://example.org/#x",
        "https://localhost/", "https://127.0.0.1/", "https://10.1.2.3/", "https://169.254.169.254/latest/",
        "https://[::1]/", "https://[fd00::1]/", "https://[::ffff:10.0.0.1]/", "https://printer.local/", "https://a b/",
        "https://0.0.0.0/", "https://100.64.0.1/", "https://[64:ff9b::a00:1]/", "https://[2002:a00:1::]/", "https://x:0/",
        "https://example.org:99999/", "https://пример.рф/" + "я" * 500,
    ],
)  # fmt: skip
async def test_addresses_that_are_refused(client, campaign, admin, address):
    assert rules.check_address(address, private=False)
    assert not rules.check_address("https://hooks.example.org:8443/a?b=1", private=False)


async def test_names_that_lead_into_the_own_network(monkeypatch, receiver):
    """The name is looked up when the message goes, and each of its numbers counts."""
    found: list[str] = []

    async def lookup(self, host, port, **_):
        return [(2, 1, 6, "", (number, port)) for number in found]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", lookup)
    port = receiver.server_address[1]
    for numbers in (["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::1"], ["169.254.169.254"]):
        found[:] = numbers
        answer = await sending.post(f"http://rebind.example:{port}/", b"{}", {}, private=False)
        assert answer.status is None
        assert "network" in answer.error
    found[:] = ["127.0.0.1"]
    answer = await sending.post(f"http://rebind.example:{port}/", b"{}", {}, private=True)
    assert answer.ok
    assert receiver.got[0][0]["host"] == f"rebind.example:{port}"
    assert len(receiver.got) == 1


async def test_the_pages(client, campaign, admin, planner, browser_as, receiver):
    assert (await client.get("/webhooks", headers=planner.bearer)).status_code == 403
    token = await browser_as(admin)
    form = {"_csrf_token": token, "campaign": campaign.slug, "events": ["decision", "status"]}
    wrong = await client.post("/webhooks", data={**form, "address": "gopher://x"})
    assert wrong.status_code == 422
    assert 'value="gopher://x"' in wrong.text
    made = await client.post("/webhooks", data={**form, "address": receiver.address})
    secret = made.text.split("whsec_")[1].split("<")[0]
    assert len(base64.b64decode(secret)) == 32
    assert made.headers["cache-control"] == "no-store"
    [hook] = await queries.of_campaign(campaign.id)
    for language in ("ru", "en"):
        headers = {"accept-language": language}
        shown = await client.get(f"/webhooks/{hook.id}", headers=headers)
        assert (shown.status_code, "whsec_" in shown.text) == (200, False)
        assert (
            receiver.address
            in (await client.get(f"/webhooks?campaign={campaign.slug}", headers=headers)).text
        )
    off = await client.post(f"/webhooks/{hook.id}/switch", data={"_csrf_token": token, "active": "0"})
    assert off.status_code == 303
    assert not (await queries.one(hook.id)).active
    assert await actions.announce("decision:1", "decision", {}, None, [], "") == 0
    gone = await client.post(f"/webhooks/{hook.id}/delete", data={"_csrf_token": token})
    assert gone.headers["location"] == f"/webhooks?campaign={campaign.slug}"
    assert (await client.get(f"/webhooks/{hook.id}")).status_code == 404
    kinds = await database.fetch(
        "SELECT kind, data->>'change' AS change FROM audit WHERE kind = 'webhook' ORDER BY id"
    )
    assert [k["change"] for k in kinds] == ["new", "off", "gone"]
