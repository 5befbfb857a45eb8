"""Where an import goes: the campaign, made where there is none, its districts and centres, and the authors."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from zlib import crc32

from ideas import database
from ideas.campaign import queries as campaigns
from ideas.campaign.rules import Campaign
from ideas.demo.campaign import add_principles
from ideas.errors import BadRequest, Message, NotFound, message
from ideas.transfer.formats import Item
from ideas.transfer.report import ImportReport

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
DAYS_OPEN = 60

UNKNOWN = {
    "ru": "Автор не указан",
    "es": "Autor no indicado",
    "de": "Autor nicht angegeben",
    "fr": "Auteur non indiqué",
    "en": "Author not given",
}


class Place:
    """A campaign as the import sees it. `id` is 0 for one that a dry run would make."""

    def __init__(self, found: Campaign | None, slug: str, lang: str, *, new: bool) -> None:
        self.id = found.id if found else 0
        self.slug = slug
        self.lang = lang
        self.new = new
        self._districts: dict[str, int] = {}
        self._offices: dict[str, int] = {}
        for table, rows in (
            ((self._districts, found.districts), (self._offices, found.offices)) if found else ()
        ):
            for row in rows:
                table.update({name.casefold(): row.id for name in (row.slug, *row.name.values())})
        # A campaign without districts takes those of the file; one that has its own keeps them.
        self.takes_districts = not self._districts
        self.missed: Counter[str] = Counter()

    def district(self, name: str) -> int | None:
        return self._look_up(self._districts, name)

    def office(self, name: str) -> int | None:
        return self._look_up(self._offices, name)

    def _look_up(self, table: dict[str, int], name: str) -> int | None:
        found = table.get(name.casefold()) if name else None
        if name and found is None:
            self.missed[name] += 1
        return found

    def notes(self) -> list[Message]:
        """What was left out of ideas that were imported otherwise."""
        names = ", ".join(name for name, _ in self.missed.most_common(5))
        if not self.missed:
            return []
        return [
            message(
                "%(count)s ideas name a place that the campaign does not have and were imported without it: %(names)s",
                count=sum(self.missed.values()),
                names=names,
            )
        ]

    async def add_districts(self, items: list[Item]) -> None:
        """Take over the districts that a file names into a campaign that had none."""
        names = {i.district for i in items if i.district} if self.takes_districts else set()
        for name in sorted(n for n in names if n.casefold() not in self._districts):
            self._districts[name.casefold()] = await database.fetch_value(
                """INSERT INTO district (campaign, slug, name) VALUES ($1, $2, $3)
                ON CONFLICT (campaign, slug) DO UPDATE SET slug = district.slug RETURNING id""",
                self.id, slug_of(name), database.to_json({"ru": name}),
            )  # fmt: skip


_LETTERS = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        re.split(" ", "a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh shch  y  e yu ya"),
        strict=True,
    )
)


def slug_of(name: str) -> str:
    """A name in Latin letters and hyphens, at most 60."""
    latin = "".join(_LETTERS.get(c, c) for c in name.lower())
    return re.sub(r"[^a-z0-9]+", "-", latin).strip("-")[:60].strip("-") or f"x{crc32(name.encode())}"


async def place_for(slug: str, lang: str, *, dry_run: bool, make: bool) -> Place:
    """The campaign of a slug; a new one has a title from the slug, one open stage and the eight principles."""
    campaigns.forget_campaigns()
    try:
        found = await campaigns.campaign(slug)
        return Place(found, slug, found.lang, new=False)
    except NotFound:
        if not make:
            raise
    if not _SLUG.fullmatch(slug) or len(slug) > 60:
        said = message(
            "The campaign's short name may have lower-case Latin letters, digits and hyphens, at most 60."
        )
        raise BadRequest(said)
    if dry_run:
        return Place(None, slug, lang, new=True)
    now = datetime.now(UTC)
    title = slug.replace("-", " ").capitalize()
    async with database.transaction() as c:
        id = await c.fetchval(
            """INSERT INTO campaign (slug, title, lang) VALUES ($1, $2, $3)
            ON CONFLICT (slug) DO NOTHING RETURNING id""",
            slug, database.to_json({"ru": title, "en": title}), lang,
        )  # fmt: skip
        if id is not None:
            await c.execute(
                """INSERT INTO stage (campaign, title, opens, closes, submit, comment, vote)
                VALUES ($1, $2, $3, $4, true, true, true)""",
                id, database.to_json({"ru": "Сбор идей", "en": "Gathering ideas"}), now - timedelta(minutes=1),
                now + timedelta(days=DAYS_OPEN),
            )  # fmt: skip
            await add_principles(c, id)
    campaigns.forget_campaigns()
    return Place(await campaigns.campaign(slug), slug, lang, new=True)


async def authors(items: list[Item], place: Place, done: ImportReport) -> dict[str, int]:
    """The accounts of the items' authors by `author_key`; those whom the file does not name share one."""
    named = {i.author_key: i.author for i in items}
    unknown = UNKNOWN.get(place.lang, UNKNOWN["ru" if place.lang == "mixed" else "en"])
    rows = {
        key: (source_of(place, key), name or (message_name(key) if key else unknown))
        for key, name in named.items()
    }
    return await add_people(rows, done)


def source_of(place: Place, key: str) -> str:
    """The `source` of an imported person: participants of another campaign are other people."""
    return f"{place.slug}:{key or '?'}"[:200]


def message_name(key: str) -> str:
    """The public name of somebody of whom only a number is known."""
    return f"№ {key}"[:80]


async def add_people(rows: dict[str, tuple[str, str]], done: ImportReport) -> dict[str, int]:
    """Accounts without e-mail for (source, name) by any key, made where they are missing."""
    if not rows:
        return {}
    sources = [source for source, _ in rows.values()]
    made = await database.fetch(
        """INSERT INTO account (source, name) SELECT * FROM unnest($1::text[], $2::text[])
        ON CONFLICT (source) WHERE source IS NOT NULL DO NOTHING RETURNING id""",
        sources,
        [name for _, name in rows.values()],
    )
    done.people += len(made)
    found = await database.fetch("SELECT source, id FROM account WHERE source = ANY ($1::text[])", sources)
    ids = {r["source"]: r["id"] for r in found}
    return {key: ids[source] for key, (source, _) in rows.items()}
