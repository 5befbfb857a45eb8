"""One's own pages, one's data as a file, erasure; registering with a confirmed address, and against programs."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from ideas import database
from ideas.account import actions, rules
from ideas.notice import letters, post
from ideas.settings import Settings
from tests import factories
from tests.notice.test_letters import mail_server, parts

__all__ = ["mail_server"]
PASSWORD = "correct horse battery"


@pytest.fixture
async def full(campaign, citizen, moderator):
    """A person with an idea that was decided on, a vote, a comment, a follow and a notice."""
    await database.execute(
        "UPDATE account SET password = $2, language = 'en' WHERE id = $1",
        citizen.id, actions._hasher.hash(PASSWORD),
    )  # fmt: skip
    idea = await factories.idea(campaign, citizen, "Моя мысль")
    other = await factories.idea(campaign, await factories.person(), "Чужая мысль")
    watched = await factories.idea(campaign, await factories.person(), "Слежу за ней")
    await database.execute("INSERT INTO vote (idea, account) VALUES ($1, $2)", other, citizen.id)
    await database.execute("UPDATE idea SET votes = 1 WHERE id = $1", other)
    await database.execute("INSERT INTO follow (idea, account) VALUES ($1, $2)", watched, citizen.id)
    await database.execute(
        "INSERT INTO comment (idea, author, side, text) VALUES ($1, $2, 'for', 'Очень нужно')",
        other,
        citizen.id,
    )
    await database.execute("INSERT INTO addition (idea, number, text) VALUES ($1, 1, 'И ещё')", idea)
    await database.execute(
        """INSERT INTO photo (idea, place, hash, width, height, content, small)
        VALUES ($1, 1, 'abc', 1, 1, 'x', 'x')""",
        idea,
    )
    from ideas.moderation.actions import Ruling, decide_idea

    await decide_idea(moderator.person, idea, Ruling("accept", "Сделаем к лету"))
    return idea, other, watched


async def test_ones_own_pages(client, full, citizen, moderator, browser_as):
    await browser_as(citizen)
    pages = {
        "/account": ("Моя мысль", "Сделаем к лету", "Your idea is accepted", "menu__count", "Moderator"),
        "/account/notices": ("Моя мысль", "Сделаем к лету", "Your idea is accepted"),
        "/account/support": ("Чужая мысль", "Слежу за ней"),
        "/account/comments": ("Чужая мысль", "Очень нужно"),
        "/account/settings": ("Change the password", "Download my data"),
        "/account/letters": ("At once", citizen.email),
    }
    for path, expected in pages.items():
        answer = await client.get(path)
        assert answer.status_code == 200
        for part in expected:
            assert part in answer.text, (path, part)
    assert (await client.post("/account/notices")).status_code == 303
    assert "menu__count" not in (await client.get("/account")).text
    made = await client.post("/account/tokens", data={"name": "Скрипт"})
    assert made.status_code in (200, 201)
    assert "Скрипт" in made.text


async def test_long_lists_go_on(client, campaign, citizen, browser_as):
    ideas = [await factories.idea(campaign, citizen, f"Номер {n:03}") for n in range(35)]
    await database.execute(
        """INSERT INTO vote (idea, account, created)
        SELECT i, $2, now() + i * interval '1 s' FROM unnest($1::bigint[]) i""",
        ideas, citizen.id,
    )  # fmt: skip
    await database.execute(
        "INSERT INTO notice (account, idea, kind) SELECT $2, i, 'status' FROM unnest($1::bigint[]) i",
        ideas,
        citizen.id,
    )
    await browser_as(citizen)
    for path in ("/account", "/account/notices", "/account/support"):
        first = (await client.get(path)).text
        [more] = re.findall(rf'href="({path}\?before=[^"]+)"', first)
        second = (await client.get(more)).text
        # The first page also shows the five newest notices, so only its list counts.
        seen = set(re.findall(r"Номер \d+", first)), set(re.findall(r"Номер \d+", second))
        assert (len(seen[0]), len(seen[1]), len(seen[0] | seen[1])) == (30, 5, 35), path
    assert (await client.get("/account/support?before=nonsense")).status_code == 400


async def test_a_notice_page_takes_few_statements(client, full, citizen, browser_as, monkeypatch):
    await browser_as(citizen)
    asked = []
    for name in ("fetch", "fetch_one", "fetch_value", "execute"):
        real = getattr(database, name)

        async def counted(sql, *args, real=real):
            asked.append(sql)
            return await real(sql, *args)

        monkeypatch.setattr(database, name, counted)
    for path in (
        "/account",
        "/account/notices",
        "/account/support",
        "/account/comments",
        "/account/settings",
    ):
        asked.clear()
        assert (await client.get(path)).status_code == 200
        assert len(asked) <= 3, (path, asked)


async def test_ones_data_as_a_file(client, full, citizen, browser_as):
    await browser_as(citizen)
    answer = await client.get("/account/export")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    data = answer.json()
    assert data["account"]["email"] == citizen.email
    assert [i["title"] for i in data["ideas"]] == ["Моя мысль"]
    assert [a["text"] for a in data["additions"]] == ["И ещё"]
    assert data["photos"][0]["address"].endswith("/abc.webp")
    assert [v["title"] for v in data["votes"]] == ["Чужая мысль"]
    assert [f["title"] for f in data["follows"]] == ["Слежу за ней"]
    assert [c["text"] for c in data["comments"]] == ["Очень нужно"]
    assert data["notices"][0]["data"]["reason"] == "Сделаем к лету"
    assert citizen.cookie not in answer.text
    assert "argon2" not in answer.text


async def test_every_table_that_knows_a_person_is_in_the_file_or_named_here(database):
    """Whoever adds a table with a person in it decides about its export and erasure."""
    rows = await database.fetch(
        """SELECT DISTINCT c.conrelid::regclass::text AS name FROM pg_constraint c
        WHERE c.contype = 'f' AND c.confrelid = 'account'::regclass ORDER BY 1"""
    )
    exported = {
        "session", "idea", "vote", "comment", "follow", "notice", "letter", "report", "draft", "ledger",
        "preference", "choice", "apart", "appeal", "residence", "pledge",
    }  # fmt: skip
    # A moderator's deeds in office.
    office = {
        "tag", "link", "decision", "cluster_event", "proposal", "bulk_row", "audit", "claim", "opinion", "lesson",
        "question", "seen", "scope", "blocked_word", "model",
    }  # fmt: skip
    # What planners wrote, and files and connections that they ordered.
    office |= {
        "export", "webhook", "pick",
        "commitment", "commitment_update", "standard_version", "clause_text", "clause_draft", "clause_cluster",
        "clause_remark", "pledge_code", "campaign_report",
    }  # fmt: skip
    # Made of the others again and again: from where people take part.
    counted = {"participant"}
    new = {r["name"] for r in rows} - exported - office - counted
    assert new == set(), "see account/own.py and account/erasure.py"


async def test_erasure_removes_the_person_and_keeps_what_counts(client, full, citizen, browser_as):
    idea, other, _ = full
    await browser_as(citizen)
    wrong = await client.post("/account/erase", data={"password": "not it at all"})
    assert wrong.status_code == 422
    assert "This is not your password" in wrong.text
    assert await database.fetch_value("SELECT email FROM account WHERE id = $1", citizen.id)
    done = await client.post("/account/erase", data={"password": PASSWORD})
    assert done.status_code == 303
    row = await database.fetch_one("SELECT email, password, name FROM account WHERE id = $1", citizen.id)
    assert row is not None
    assert tuple(row) == (None, None, "Erased account")
    for table in ("session", "notice", "letter", "follow", "preference"):
        assert await database.fetch_value(f"SELECT count(*) FROM {table} WHERE account = $1", citizen.id) == 0
    assert await database.fetch_value("SELECT count(*) FROM photo") == 0
    assert await database.fetch_value("SELECT votes FROM idea WHERE id = $1", other) == 1
    assert await database.fetch_value("SELECT count(*) FROM vote WHERE account = $1", citizen.id) == 1
    assert (await client.get("/account")).status_code in (303, 401)
    text = (await client.get(f"/ideas/{idea}")).text
    assert "Erased account" in text
    assert "Моя мысль" in text
    with pytest.raises(Exception, match="wrong"):
        await actions.sign_in(citizen.email, PASSWORD)


async def test_the_only_organiser_stays(client, admin, browser_as):
    await database.execute(
        "UPDATE account SET password = $2 WHERE id = $1", admin.id, actions._hasher.hash(PASSWORD)
    )
    await database.execute("UPDATE account SET blocked = now() WHERE role = 'admin' AND id <> $1", admin.id)
    await browser_as(admin)
    answer = await client.post("/account/erase", data={"password": PASSWORD})
    assert answer.status_code == 409
    assert await database.fetch_value("SELECT email FROM account WHERE id = $1", admin.id)


class TestConfirming:
    @pytest.fixture
    def settings(self, mail_server) -> Settings:
        return Settings(
            secret="a secret for tests only", rate_limits=False, public_url="https://ideas.example.org",
            smtp_host="127.0.0.1", smtp_port=mail_server[1], smtp_from="ideas@example.org", smtp_tls="off",
            confirm_email=True,
        )  # fmt: skip

    async def _letters(self, settings) -> None:
        rows = await database.fetch(
            "DELETE FROM procrastinate_jobs WHERE task_name = 'ideas.notice.jobs.ask_confirmation' RETURNING args"
        )
        for row in rows:
            await letters.ask_confirmation(settings, database.from_json(row["args"])["account"])
        await post.send_waiting(settings)

    async def test_an_address_is_confirmed_by_its_letter(self, client, settings, mail_server):
        form = {"email": "anna@example.org", "password": PASSWORD, "name": "Анна"}
        await client.get("/register")
        headers = {"x-csrftoken": client.cookies["csrf"]}
        made = await client.post("/register", data=form, headers=headers)
        assert made.status_code == 201
        assert "anna@example.org" in made.text
        assert "session" not in client.cookies
        refused = await client.post("/sign-in", data=form, headers=headers)
        assert refused.status_code == 403
        token = await client.post("/api/token", json=form)
        assert token.status_code == 403
        await self._letters(settings)
        [letter, *_] = mail_server[0].got
        assert letter["To"] == "anna@example.org"
        assert letter["List-Unsubscribe"] is None
        [link] = re.findall(r"https://ideas\.example\.org(/sign-in\?confirm=\S+)", parts(letter)[0])
        confirm = link.partition("confirm=")[2]
        assert f'value="{confirm}"' in (await client.get(link)).text
        stranger = {**form, "password": "another password", "confirm": confirm}
        assert (await client.post("/sign-in", data=stranger, headers=headers)).status_code == 422
        done = await client.post("/sign-in", data={**form, "confirm": confirm}, headers=headers)
        assert done.status_code == 303
        assert client.cookies["session"]
        assert (await client.post("/api/token", json=form, headers=headers)).status_code == 201

    async def test_who_never_confirmed_does_not_keep_the_address(self, client, settings):
        form = {"email": "anna@example.org", "password": PASSWORD, "name": "Чужой"}
        assert (await client.post("/api/account", json=form)).status_code == 201
        mine = {**form, "password": "my own password", "name": "Анна"}
        assert (await client.post("/api/account", json=mine)).status_code == 201
        row = await database.fetch_one(
            "SELECT name, count(*) OVER () AS n FROM account WHERE email = $1", form["email"]
        )
        assert row is not None
        assert tuple(row) == ("Анна", 1)
        await database.execute("UPDATE account SET confirmed = now() WHERE email = $1", form["email"])
        assert (await client.post("/api/account", json=form)).status_code == 422


def test_a_confirming_token_ends_and_fits_one_account():
    now = datetime.now(UTC)
    token = rules.confirm_token("secret", 7, "hash", now)
    assert rules.confirms("secret", 7, "hash", token, now)
    assert not rules.confirms("secret", 8, "hash", token, now)
    assert not rules.confirms("secret", 7, "new hash", token, now)
    assert not rules.confirms("other", 7, "hash", token, now)
    assert not rules.confirms("secret", 7, "hash", token, now + timedelta(days=4))
    later = str(int((now + timedelta(days=900)).timestamp()))
    assert not rules.confirms("secret", 7, "hash", later + "-" + token.partition("-")[2], now)
    for nonsense in ("", "-", "x-y", "9" * 50 + "-a", "١-a"):
        assert not rules.confirms("secret", 7, "hash", nonsense, now)


class TestAgainstPrograms:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(secret="a secret for tests only")

    async def test_a_filled_hidden_field_or_too_fast_a_hand_is_asked_again(self, client, settings):
        started = re.findall(r'name="started" value="([^"]+)"', (await client.get("/register")).text)[0]
        headers = {"x-csrftoken": client.cookies["csrf"]}
        form = {"email": "anna@example.org", "password": PASSWORD, "name": "Анна", "started": started}
        fast = await client.post("/register", data=form, headers=headers)
        assert fast.status_code == 400
        assert "anna@example.org" in fast.text
        long_ago = rules.started_token(settings.secret, datetime.now(UTC) - timedelta(seconds=30))
        trapped = await client.post(
            "/register", data={**form, "started": long_ago, "website": "http://spam"}, headers=headers
        )
        assert trapped.status_code == 400
        assert "http://spam" not in trapped.text
        forged = await client.post("/register", data={**form, "started": "1-x"}, headers=headers)
        assert forged.status_code == 400
        assert (
            await database.fetch_value("SELECT count(*) FROM account WHERE email = 'anna@example.org'") == 0
        )
        done = await client.post("/register", data={**form, "started": long_ago}, headers=headers)
        assert done.status_code == 303
        assert (
            await database.fetch_value("SELECT language FROM account WHERE email = 'anna@example.org'")
            == "en"
        )
