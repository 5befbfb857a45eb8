"""The demo's three weeks: the same every time, plausible, and in the past."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from ideas.demo import material, story

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def told():
    return story.tell(material.themes(), material.city(), NOW)


def test_the_city():
    city = material.city()
    assert sum(d.centre for d in city.districts) == 96
    assert len({d.slug for d in city.districts}) == len(city.districts) == 125
    assert {d.area for d in city.districts} == set(city.areas)
    assert 11_000_000 < sum(d.population for d in city.districts) < 13_500_000


def test_the_same_moment_tells_the_same_story(told):
    again = story.tell(material.themes(), material.city(), NOW)
    assert again == told


def test_another_day_only_shifts_it(told):
    later = story.tell(material.themes(), material.city(), NOW + timedelta(days=3))
    assert [i.created + 3 * 86_400 for i in told.ideas] == [i.created for i in later.ideas]
    assert [len(i.voters) for i in told.ideas] == [len(i.voters) for i in later.ideas]


def test_everything_happened_in_the_last_three_weeks(told):
    begin = (NOW - timedelta(days=22)).timestamp()
    for idea in told.ideas:
        for moment in [idea.created, *(m for _, m in idea.voters), *(m for _, m, _ in idea.comments)]:
            assert begin < moment < NOW.timestamp()
        assert all(m >= idea.created for _, m in idea.voters)
        assert all(m >= idea.created for _, m, _ in idea.comments)


def test_one_person_one_vote_and_never_for_an_own_idea(told):
    for idea in told.ideas:
        voters = [who for who, _ in idea.voters]
        assert len(set(voters)) == len(voters)
        assert idea.author not in voters


def test_votes_are_many_and_long_tailed(told):
    counts = sorted((len(i.voters) for i in told.ideas), reverse=True)
    assert 10_000 <= sum(counts) <= 20_000
    assert sum(counts[: len(counts) // 5]) > 0.5 * sum(counts)
    assert counts[len(counts) // 2] < 15


def test_people_sleep_at_night(told):
    hours = Counter(datetime.fromtimestamp(i.created, story.CITY_TIME).hour for i in told.ideas)
    assert sum(hours[h] for h in range(2, 6)) < 0.05 * len(told.ideas)


def test_people_are_made_up(told):
    assert len(told.people) == 2000
    # A first name and at most an initial.
    assert all(len(name.split()) <= 2 and len(name.split()[-1]) <= 14 for name, _ in told.people)
    assert all(len(name.split()) == 1 or len(name.split()[1]) == 2 for name, _ in told.people)
    assert Counter(lang for _, lang in told.people)["en"] > 100


def test_people_write_in_their_language(told):
    assert all(told.people[i.author][1] == i.text.lang for i in told.ideas)


def test_stages_follow_each_other_and_one_runs_now():
    times = story.stage_times(NOW)
    assert all(a.closes == b.opens for a, b in pairwise(times))
    assert [t.opens <= NOW < t.closes for t in times] == [False, False, True, False]
