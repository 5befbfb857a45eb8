"""When letters go: properties over all moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ideas.i18n import CITY_TIME
from ideas.notice import rules

moments = st.datetimes(datetime(2014, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(moments)
def test_digests_go_at_nine_in_the_city_and_never_before_the_news(moment):
    for often, longest in (("daily", 1), ("weekly", 7)):
        due = rules.due(often, moment)
        assert due is not None
        assert moment < due <= moment + timedelta(days=longest)
        local = due.astimezone(CITY_TIME)
        assert (local.hour, local.minute, local.second) == (9, 0, 0)
        assert often == "daily" or local.weekday() == 0
    assert rules.due("now", moment) == moment
    assert rules.due("never", moment) is None


@given(st.integers(1, 10**18 - 1), st.sampled_from([*rules.KINDS, "all"]), st.text(min_size=16, max_size=40))
def test_a_token_is_read_as_it_was_made_and_by_its_maker_only(account, kind, secret):
    token = rules.stop_token(secret, account, kind)
    assert rules.read_stop_token(secret, token) == (account, kind)
    assert rules.read_stop_token(secret + "x", token) is None


@given(st.text(max_size=80))
def test_any_text_is_a_token_or_none(text):
    assert rules.read_stop_token("a secret for tests only", text) is None


def test_waits_grow_and_end():
    waits = [rules.wait(n) for n in range(1, 30)]
    assert waits == sorted(waits)
    assert waits[0] == timedelta(minutes=1)
    assert waits[-1] == timedelta(hours=6)
