"""Three weeks of the demo campaign, made from its texts: who wrote, voted and commented, where and when.

Pure and deterministic: the same `now` gives the same story, and another day only shifts it. Popularity is
long-tailed (log-normal by group and by idea), voters' activity too; people write in daytime and in the evening.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from ideas.demo.material import City, Remark, Text, Theme, Verdict
from ideas.demo.people import names

SEED = 20140605
PEOPLE = 2000
VOTES = 14_000
MOST_VOTES = 600
DAYS = 21
CITY_TIME = ZoneInfo("Europe/Moscow")
DAY = 86_400

# Activity by hour of the day, from midnight.
_HOURS = np.array(
    [2, 1, 0.5, 0.3, 0.3, 0.6, 2, 5, 8, 10, 11, 11, 12, 11, 10, 10, 10, 11, 12, 13, 14, 13, 9, 5]
)


class ToldIdea(msgspec.Struct):
    """`author` and voters are positions in `Story.people`; times are seconds since 1970."""

    text: Text
    theme: str
    group: str | None
    author: int
    district: str | None
    office: str | None
    created: float
    impressions: int = 0
    voters: list[tuple[int, float]] = []
    comments: list[tuple[int, float, Remark]] = []


class Story(msgspec.Struct):
    people: list[tuple[str, str]]
    joined: list[float]
    ideas: list[ToldIdea]
    verdicts: dict[str, Verdict]


class StageTimes(msgspec.Struct, frozen=True):
    opens: datetime
    closes: datetime


def midnight(now: datetime) -> datetime:
    """The last midnight in the city: the story ends there, so that nothing in it lies in the future."""
    return now.astimezone(CITY_TIME).replace(hour=0, minute=0, second=0, microsecond=0)


def stage_times(now: datetime) -> list[StageTimes]:
    """Difficulties, best practices, themed discussion (runs now), experts' study (to come)."""
    days = (-DAYS, -14, -7, 30, 60)
    edges = [midnight(now) + timedelta(days=d) for d in days]
    return [StageTimes(a, b) for a, b in pairwise(edges)]


def tell(themes: tuple[Theme, ...], city: City, now: datetime) -> Story:
    """The whole story, its ideas in the order in which they were written."""
    chance = np.random.default_rng(SEED)
    end = midnight(now).timestamp()
    begin = end - DAYS * DAY
    people = names(PEOPLE, chance)
    ideas, verdicts, remarks, popularity = _written(themes, city, people, begin, chance)
    activity = chance.pareto(1.4, PEOPLE) + 0.15
    _vote(ideas, popularity, activity / activity.sum(), end, chance)
    _comment(ideas, remarks, end, chance)
    joined = _joined(ideas, begin, end, chance)
    ideas.sort(key=lambda i: i.created)
    return Story(people, joined, ideas, verdicts)


def _moment(day: float, chance: np.random.Generator) -> float:
    """A moment on the day that begins at `day`, at an hour when people are up."""
    return day + 3600 * int(chance.choice(24, p=_HOURS / _HOURS.sum())) + float(chance.integers(3600))


def _day(chance: np.random.Generator) -> int:
    """A day of the three weeks: a campaign begins with a rush, and so does each new stage."""
    return min(DAYS - 1, int(7 * chance.integers(3) + chance.exponential(2.4)))


def _written(
    themes: tuple[Theme, ...],
    city: City,
    people: list[tuple[str, str]],
    begin: float,
    chance: np.random.Generator,
) -> tuple[list[ToldIdea], dict[str, Verdict], dict[str, list[Remark]], np.ndarray]:
    """Every idea with its author, place and time; and how popular each is, up to a factor."""
    by_lang = {lang: [n for n, (_, own) in enumerate(people) if own == lang] for lang in ("ru", "en")}
    places = [d for d in city.districts if d.centre]
    weight = np.array([d.population for d in places], dtype=float)
    weight /= weight.sum()
    # Most people send one idea, a few send several.
    turn = {lang: iter(chance.permutation(own * 2).tolist()) for lang, own in by_lang.items()}
    ideas, verdicts, remarks, popularity = [], {}, {}, []

    def write(text: Text, theme: str, group: str | None, fame: float) -> None:
        place = places[int(chance.choice(len(places), p=weight))]
        says = chance.random()
        ideas.append(
            ToldIdea(
                text, theme, group, next(turn[text.lang]),
                district=place.slug if says < 0.85 else None,
                office=place.slug if says < 0.7 else None,
                created=_moment(begin + DAY * _day(chance), chance),
            )
        )  # fmt: skip
        popularity.append(fame * chance.lognormal(0, 0.9))

    for theme in themes:
        for group in theme.groups:
            fame = chance.lognormal(0.3, 1.0)
            for text in group.ideas:
                write(text, theme.theme, group.group, fame)
            if group.decision:
                verdicts[group.group] = group.decision
            remarks[group.group] = group.comments
        for text in theme.alone:
            write(text, theme.theme, None, chance.lognormal(-0.4, 0.8))
    return ideas, verdicts, remarks, np.array(popularity)


def _vote(
    ideas: list[ToldIdea],
    popularity: np.ndarray,
    activity: np.ndarray,
    end: float,
    chance: np.random.Generator,
) -> None:
    """Give every idea its voters, each once and never its author, and how often it was shown."""
    seen = np.array([1 - np.exp(-(end - i.created) / (6 * DAY)) for i in ideas])
    expected = popularity * seen
    expected *= VOTES / expected.sum()
    for idea, count in zip(ideas, np.minimum(chance.poisson(expected), MOST_VOTES), strict=True):
        who = [
            int(n) for n in chance.choice(PEOPLE, int(count), replace=False, p=activity) if n != idea.author
        ]
        idea.voters = [(n, _later(idea.created, end, chance)) for n in who]
        idea.impressions = int(len(who) / max(0.04, chance.beta(2, 9))) + int(chance.integers(8, 60))


def _later(created: float, end: float, chance: np.random.Generator) -> float:
    """A moment after `created`: soon for most, before `end` for all."""
    for _ in range(4):
        day = created - (created + 3 * 3600) % DAY + DAY * int(chance.exponential(3.2))
        moment = _moment(day, chance)
        if created < moment < end:
            return moment
    return created + (end - created) * float(chance.uniform(0.02, 0.98))


def _comment(
    ideas: list[ToldIdea], remarks: dict[str, list[Remark]], end: float, chance: np.random.Generator
) -> None:
    """Put each group's remarks under ideas of the group, the popular ones first."""
    for group, texts in remarks.items():
        members = sorted((i for i in ideas if i.group == group), key=lambda i: -len(i.voters))
        for n, remark in enumerate(texts):
            same = [i for i in members if i.text.lang == remark.lang] or members
            idea = same[(n // 2) % len(same)]
            others = [p for p, _ in idea.voters] if remark.side == "for" and idea.voters else range(PEOPLE)
            who = int(chance.choice([p for p in others if p != idea.author]))
            idea.comments = [*idea.comments, (who, _later(idea.created, end, chance), remark)]


def _joined(ideas: list[ToldIdea], begin: float, end: float, chance: np.random.Generator) -> list[float]:
    """When people registered: shortly before they first did something."""
    first = np.full(PEOPLE, end)
    for idea in ideas:
        for who, moment, *_ in [(idea.author, idea.created), *idea.voters, *idea.comments]:
            first[who] = min(first[who], moment)
    idle = first == end
    first[idle] = [_moment(begin + DAY * int(chance.integers(DAYS)), chance) for _ in range(int(idle.sum()))]
    return [float(t) for t in first - chance.integers(60, 1800, PEOPLE)]
