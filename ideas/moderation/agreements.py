"""How well moderators agree: Cohen's kappa over the second opinions, whole, by verdict, reason, moderator and pair."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec

from ideas import database
from ideas.moderation import kappa
from ideas.moderation.kappa import Agreement

MOST = 20_000
REASONS = 20
REASON_SHOWN = 120


class Row(msgspec.Struct):
    """Agreement under a name: a verdict, a moderator, a pair of them."""

    name: str
    agreement: Agreement


class Reason(msgspec.Struct):
    """How often a reason's decisions got the same verdict, of `n`, with the 95% interval of that share.

    agreement: on giving this very reason; only where both chose from the campaign's list.
    """

    reason: str
    n: int
    same: int
    low: float
    high: float
    agreement: Agreement | None = None

    @property
    def few(self) -> bool:
        return self.n < kappa.FEW


class Figures(msgspec.Struct):
    """percent: the campaign's share of second opinions; drawn of `decisions` so far; open: not yet given."""

    percent: int
    decisions: int
    drawn: int
    open: int
    whole: Agreement | None
    table: list[tuple[str, list[int]]]
    verdicts: list[Row]
    moderators: list[Row]
    pairs: list[Row]
    reasons: list[Reason]


VERDICTS = ("accept", "forward", "decline")


async def figures(campaign: int) -> Figures:
    """Everything that the page of agreement shows, from the latest 20,000 second opinions."""
    head: Any = await database.fetch_one(
        """SELECT c.second_opinions AS percent,
            (SELECT count(*) FROM decision d LEFT JOIN bulk b ON b.decision = d.id
                WHERE d.campaign = c.id AND b.id IS NULL) AS decisions,
            (SELECT count(*) FROM opinion o WHERE o.campaign = c.id) AS drawn,
            (SELECT count(*) FROM opinion o JOIN decision d ON d.id = o.decision AND d.undone IS NULL
                WHERE o.campaign = c.id AND o.verdict IS NULL) AS open
        FROM campaign c WHERE c.id = $1""",
        campaign,
    )
    rows = await database.fetch(
        f"""SELECT f.id AS first, f.name AS first_name, s.id AS second, s.name AS second_name, d.verdict AS one,
            o.verdict AS two, split_part(d.reason, E'\\n', 1) AS reason, split_part(o.reason, E'\\n', 1) AS other
        FROM opinion o JOIN decision d ON d.id = o.decision JOIN account f ON f.id = o.first
            JOIN account s ON s.id = o.account
        WHERE o.campaign = $1 AND o.verdict IS NOT NULL ORDER BY o.id DESC LIMIT {MOST}""",
        campaign,
    )
    pairs = [(r["one"], r["two"]) for r in rows]
    names = {r["first"]: r["first_name"] for r in rows} | {r["second"]: r["second_name"] for r in rows}
    people = [(r["first"], (r["one"], r["two"])) for r in rows]
    people += [(r["second"], (r["two"], r["one"])) for r in rows]
    return Figures(
        **head,
        whole=kappa.agreement(pairs),
        table=[(one, [pairs.count((one, two)) for two in VERDICTS]) for one in VERDICTS],
        verdicts=[Row(v, found) for v in VERDICTS if (found := _occurs(pairs, v))],
        moderators=[Row(names[key], found) for key, found in kappa.by(people).items()],  # type: ignore[index]
        pairs=_pairs(rows, names),
        reasons=_reasons(rows),
    )


def _occurs(pairs: list[Any], verdict: str) -> Agreement | None:
    return kappa.of_kind(pairs, verdict) if any(verdict in pair for pair in pairs) else None


def _pairs(rows: list[Any], names: dict[int, str]) -> list[Row]:
    """Each two moderators, whoever of them was first."""
    keyed = []
    for r in rows:
        turned = r["first"] > r["second"]
        key = (r["second"], r["first"]) if turned else (r["first"], r["second"])
        keyed.append((key, (r["two"], r["one"]) if turned else (r["one"], r["two"])))
    return [
        Row(f"{names[key[0]]} – {names[key[1]]}", found)  # type: ignore[index]
        for key, found in list(kappa.by(keyed).items())[:50]
    ]


def _reasons(rows: list[Any]) -> list[Reason]:
    """Reasons that were given more than once, by their first line: the one of the campaign's list where one was chosen.

    One reason mostly goes with one verdict, and then kappa of the verdicts is 0 at the first difference: so the share
    of alike verdicts is given, and kappa of whether both gave this reason.
    """
    said: dict[str, list[bool]] = defaultdict(list)
    shown: dict[str, str] = {}
    for r in rows:
        shown.setdefault(_key(r["reason"]), r["reason"])
        said[_key(r["reason"])].append(r["one"] == r["two"])
    pairs = [(_key(r["reason"]), _key(r["other"])) for r in rows]
    both = {a for a, _ in pairs} & {b for _, b in pairs}
    found = [
        Reason(
            shown[key][:REASON_SHOWN], len(same), sum(same), *kappa.share_interval(sum(same), len(same)),
            kappa.of_kind(pairs, key) if key in both else None,
        )
        for key, same in said.items()
        if len(same) > 1
    ]  # fmt: skip
    return sorted(found, key=lambda r: (r.same / r.n, -r.n))[:REASONS]


def _key(reason: str) -> str:
    return " ".join(reason.lower().split()).rstrip(".!")
