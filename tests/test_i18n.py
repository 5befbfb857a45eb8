"""Times and numbers as people read them."""

from datetime import UTC, datetime, timedelta

import pytest

from ideas.i18n import ago


@pytest.mark.parametrize(
    ("seconds", "ru", "en"),
    [
        (3, "только что", "just now"),
        (-3, "только что", "just now"),
        (65, "1 минуту назад", "1 minute ago"),
        (3 * 3600, "3 часа назад", "3 hours ago"),
        (9 * 86400, "1 неделю назад", "1 week ago"),
    ],
)
def test_how_long_ago(seconds, ru, en):
    moment = datetime.now(UTC) - timedelta(seconds=seconds)
    assert (ago(moment, "ru"), ago(moment, "en")) == (ru, en)
