"""Letters from a notice to a real mail server: once, in one's language, as one wishes, and stopped by one click."""

from __future__ import annotations

import email
import email.policy
import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any, cast

import msgspec
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from ideas import database
from ideas.notice import letters, post, rules
from ideas.settings import Settings
from tests import factories

REASON = "Сделаем к маю:\nмест хватит всем."


class Post:
    """A mail server that keeps what it gets; addresses in `refused` get their answer instead."""

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []
        self.refused: dict[str, str] = {}
        self.signed_in: list[bytes] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.got.append(cast(EmailMessage, message))
        return "250 OK"

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.signed_in.append(data.login)
        return AuthResult(success=data.password == b"a password")


@pytest.fixture
def mail_server() -> Iterator[tuple[Post, int]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    handler = Post()
    controller = Controller(
        handler, hostname="127.0.0.1", port=port, authenticator=handler.authenticate, auth_require_tls=False
    )
    controller.start()
    yield handler, port
    controller.stop()


@pytest.fixture
def post_settings(mail_server: tuple[Post, int]) -> Settings:
    return Settings(
        secret="a secret for tests only", rate_limits=False, public_url="https://ideas.example.org",
        smtp_host="127.0.0.1", smtp_port=mail_server[1], smtp_user="ideas", smtp_password="a password",
        smtp_from="Мой офис <ideas@example.org>", smtp_tls="off",
    )  # fmt: skip


@pytest.fixture
def settings(post_settings: Settings) -> Settings:
    """The server's settings are the worker's, so that its pages know the same secret."""
    return post_settings


async def decision(campaign, person, *, verdict: str = "accept", created: datetime | None = None) -> int:
    """A notice about a decision on a new idea of a person."""
    idea = await factories.idea(campaign, person, "Скамейка & <навес>")
    return await database.fetch_value(
        """INSERT INTO notice (account, idea, kind, event, data, created)
        VALUES ($1, $2, 'decision', 'decision:' || $2::bigint, $3, coalesce($4, now())) RETURNING id""",
        person.id, idea, database.to_json({"why": "mine", "verdict": verdict, "reason": REASON}), created,
    )  # fmt: skip


def parts(message: EmailMessage) -> tuple[str, str]:
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    return plain.get_content(), html.get_content()


async def deliver(settings: Settings) -> None:
    await letters.compose(settings)
    await post.send_waiting(settings)


async def test_the_author_gets_the_answer_with_its_reason(mail_server, post_settings, campaign, citizen):
    server, _ = mail_server
    await decision(campaign, citizen)
    await deliver(post_settings)
    [message] = server.got
    assert message["To"] == citizen.email
    assert message["From"] == "Мой офис <ideas@example.org>"
    assert message["Subject"] == "Ваша идея принята: «Скамейка & <навес>»"
    assert message["Content-Language"] == "ru"
    assert message["Auto-Submitted"] == "auto-generated"
    assert re.fullmatch(r"<letter-\d+@ideas\.example\.org>", message["Message-ID"])
    plain, html = parts(message)
    assert REASON in plain.replace("\r\n", "\n")
    assert "Скамейка & <навес>" in plain
    assert "Скамейка &amp; &lt;навес&gt;" in html
    assert "мест хватит всем." in html
    assert "https://ideas.example.org/ideas/" in plain
    assert "https://ideas.example.org/letters/stop/" in html
    assert server.signed_in == [b"ideas"]


async def test_a_letter_is_in_the_persons_language(mail_server, post_settings, campaign, citizen):
    await database.execute("UPDATE account SET language = 'en' WHERE id = $1", citizen.id)
    await decision(campaign, citizen, verdict="decline")
    await deliver(post_settings)
    [message] = mail_server[0].got
    assert message["Subject"].startswith("Your idea is declined: “")
    assert "See the idea" in parts(message)[1]


async def test_run_again_nothing_goes_twice(mail_server, post_settings, campaign, citizen):
    await decision(campaign, citizen)
    for _ in range(3):
        await deliver(post_settings)
    assert len(mail_server[0].got) == 1
    assert await database.fetch_value("SELECT count(*) FROM letter") == 1
    assert await database.fetch_value("SELECT letter IS NOT NULL AND due IS NULL FROM notice")


async def test_several_at_once_are_one_letter(mail_server, post_settings, campaign, citizen):
    for _ in range(rules.MOST + 2):
        await decision(campaign, citizen)
    await deliver(post_settings)
    [message] = mail_server[0].got
    assert message["Subject"] == f"{rules.MOST + 2} новости об идеях"
    plain, _ = parts(message)
    assert plain.count("Ваша идея принята.") == rules.MOST
    assert "И ещё 2 новости на вашей странице" in plain


async def test_an_address_that_is_refused_for_good_is_not_tried_again(
    mail_server, post_settings, campaign, citizen
):
    server, _ = mail_server
    server.refused[citizen.email] = "550 no such mailbox"
    other = await factories.person()
    for person in (citizen, other):
        await decision(campaign, person)
    await deliver(post_settings)
    assert [m["To"] for m in server.got] == [other.email]
    rows = await database.fetch("SELECT state, tries FROM letter ORDER BY account")
    assert [tuple(r) for r in rows] == [("failed", 1), ("sent", 0)]


async def test_a_refusal_for_now_waits_and_then_goes(mail_server, post_settings, campaign, citizen):
    server, _ = mail_server
    server.refused[citizen.email] = "451 try later"
    await decision(campaign, citizen)
    await deliver(post_settings)
    await deliver(post_settings)
    row = await database.fetch_one("SELECT state, tries, due > now() AS later, error FROM letter")
    assert row is not None
    assert (row["state"], row["tries"], row["later"]) == ("waiting", 1, True), "the second try is not yet due"
    assert "451" in row["error"]
    server.refused.clear()
    await database.execute("UPDATE letter SET due = now()")
    await deliver(post_settings)
    assert len(server.got) == 1


async def test_a_server_that_is_down_loses_nothing(post_settings, campaign, citizen, mail_server, work):
    down = Settings(
        smtp_host="127.0.0.1", smtp_port=1, smtp_from="a@example.org", secret="x" * 20, smtp_tls="off"
    )
    await decision(campaign, citizen)
    await letters.compose(down)
    with pytest.raises(post.Unreachable):
        await post.send_waiting(down)
    await post.send_waiting(post_settings)
    assert len(mail_server[0].got) == 1


@pytest.mark.parametrize(
    "change", [{"smtp_password": "wrong"}, {"smtp_tls": "starttls"}, {"smtp_tls": "tls"}]
)
async def test_no_letter_goes_without_the_password_or_the_encryption_that_is_set(
    mail_server, campaign, citizen, post_settings, monkeypatch, change
):
    monkeypatch.setattr(post, "TIMEOUT", 2.0)
    wrong = msgspec.structs.replace(post_settings, **change)
    await decision(campaign, citizen)
    await letters.compose(wrong)
    with pytest.raises(post.Unreachable):
        await post.send_waiting(wrong)
    assert mail_server[0].got == []
    assert await database.fetch_value("SELECT state FROM letter") == "waiting"


async def test_one_click_ends_letters_of_that_kind(client, mail_server, post_settings, campaign, citizen):
    await decision(campaign, citizen)
    await deliver(post_settings)
    [message] = mail_server[0].got
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = message["List-Unsubscribe"].strip("<>").removeprefix("https://ideas.example.org")
    page = await client.get(address)
    assert page.status_code == 200
    assert not await database.fetch("SELECT FROM preference"), "opening the address changes nothing"
    # As RFC 8058 has it: no cookie, no token of a form.
    client.cookies.clear()
    done = await client.post(address, data={"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200, done.text
    await decision(campaign, citizen)
    await deliver(post_settings)
    assert len(mail_server[0].got) == 1
    await database.execute(
        "INSERT INTO notice (account, kind, event, data) VALUES ($1, 'status', 's', '{\"status\": \"done\"}')",
        citizen.id,
    )
    await deliver(post_settings)
    assert len(mail_server[0].got) == 2, "another kind goes on"


async def test_a_token_that_we_did_not_sign_stops_nothing(client, citizen):
    good = rules.stop_token("a secret for tests only", citizen.id, "all")
    other = rules.stop_token("another secret of anybody", citizen.id, "all")
    for token in (other, good[:-1], good.replace("all", "comment"), "1", "x-all-y", "9" * 40 + "-all-x"):
        assert (await client.get(f"/letters/stop/{token}")).status_code == 404, token
        assert (await client.post(f"/letters/stop/{token}")).status_code == 404, token
    assert not await database.fetch("SELECT FROM preference")


async def test_stopping_and_going_on(client, citizen):
    token = rules.stop_token("a secret for tests only", citizen.id, "comment")
    every = rules.stop_token("a secret for tests only", citizen.id, "all")
    for path in (f"/letters/stop/{token}", f"/letters/stop/{token}", f"/letters/stop/{every}"):
        assert (await client.post(path)).status_code == 200
    row = await database.fetch_one("SELECT often, without FROM preference")
    assert row is not None
    assert tuple(row) == ("never", '["comment"]')
    await client.get("/sign-in")
    client.headers["x-csrftoken"] = client.cookies["csrf"]
    for path in (f"/letters/resume/{token}", f"/letters/resume/{every}"):
        assert (await client.post(path)).status_code == 303
    row = await database.fetch_one("SELECT often, without FROM preference")
    assert row is not None
    assert tuple(row) == ("now", "[]")


async def test_a_daily_digest_waits_for_the_morning_and_leaves_out_what_was_read(
    client, mail_server, post_settings, campaign, citizen, browser_as
):
    await browser_as(citizen)
    chosen = {"often": "daily", "kinds": ["decision", "comment"]}
    assert (await client.post("/account/letters", data=chosen)).status_code == 303
    evening = datetime(2031, 5, 5, 20, tzinfo=UTC)
    first = await decision(campaign, citizen, created=evening)
    await decision(campaign, citizen, created=evening)
    last = await decision(campaign, citizen, created=evening)
    await database.execute("UPDATE notice SET due = created")
    assert await letters.compose(post_settings, evening + timedelta(minutes=1)) == 0
    await database.execute("UPDATE notice SET read = now() WHERE id = $1", first)
    await database.execute("UPDATE notice SET kind = 'clustered' WHERE id = $1", last)
    nine = datetime(2031, 5, 6, 6, tzinfo=UTC)
    assert await letters.compose(post_settings, nine - timedelta(seconds=1)) == 0
    assert await letters.compose(post_settings, nine) == 1
    await post.send_waiting(post_settings)
    assert len(mail_server[0].got) == 1
    assert parts(mail_server[0].got[0])[0].count("Ваша идея принята.") == 1
    assert await database.fetch_value("SELECT count(*) FROM notice WHERE due IS NOT NULL") == 0


async def test_a_choice_holds_for_what_waits(
    client, mail_server, post_settings, campaign, citizen, browser_as
):
    await browser_as(citizen)
    await client.post("/account/letters", data={"often": "weekly", "kinds": "decision"})
    await decision(campaign, citizen)
    await deliver(post_settings)
    assert mail_server[0].got == []
    await client.post("/account/letters", data={"often": "now", "kinds": "decision"})
    await deliver(post_settings)
    assert len(mail_server[0].got) == 1


async def test_a_choice_that_is_none_is_refused_and_shown_again(client, citizen, browser_as):
    await browser_as(citizen)
    answer = await client.post("/account/letters", data={"often": "hourly", "kinds": "comment"})
    assert answer.status_code == 422
    assert "Choose how often letters should come" in answer.text
    assert re.search(r'value="comment"\s+checked', answer.text)
    assert not re.search(r'value="decision"\s+checked', answer.text)


async def test_no_letter_to_the_blocked(mail_server, post_settings, campaign, citizen):
    await decision(campaign, citizen)
    await database.execute("UPDATE account SET blocked = now() WHERE id = $1", citizen.id)
    await deliver(post_settings)
    assert mail_server[0].got == []
    assert await database.fetch_value("SELECT due IS NULL FROM notice")
