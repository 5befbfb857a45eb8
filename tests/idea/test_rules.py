"""What makes an idea valid, over arbitrary texts."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from ideas.idea import rules
from ideas.idea.filters import Filters, conditions, search_terms
from ideas.web import clean

texts = st.text(max_size=400)


@given(st.text(max_size=140), texts)
def test_what_passes_is_within_the_limits(title, text):
    title, text = clean(title), clean(text, lines=True)
    errors = rules.check_idea(title, text)
    fine = (
        rules.TITLE_SHORTEST <= len(title) <= rules.TITLE_LONGEST
        and any(c.isalpha() for c in title)
        and rules.TEXT_SHORTEST <= len(text) <= rules.TEXT_LONGEST
    )
    assert (not errors) == fine


@given(st.text(max_size=1500))
def test_an_excerpt_is_one_short_line_of_the_text(text):
    short = rules.excerpt(text)
    assert len(short) <= rules.EXCERPT + 1
    assert "\n" not in short
    assert " ".join(text.split()).startswith(short.rstrip("…").rstrip(" ,;:—-")[:50].strip())


@given(texts, st.sampled_from(["ru", "en", "es", "mixed"]))
def test_a_language_is_always_found(text, campaign):
    assert rules.language_of(text, campaign) in ("ru", "en", "es", "mixed")


def test_languages_by_alphabet():
    assert rules.language_of("Очередь", "ru") == "ru"
    assert rules.language_of("The queue is long", "ru") == "en"
    assert rules.language_of("La cola", "es") == "es"
    assert rules.language_of("The queue", "mixed") == "en"


@given(texts)
def test_search_terms_are_the_words_typed(q):
    whole, head, last = search_terms(clean(q))
    assert re.fullmatch(r"\w*", last)
    if last:
        assert whole == f"{head} {last}".strip() or whole.split() == [*head.split(), last]


@given(
    st.builds(
        Filters, campaign=st.integers(1, 9), q=texts, office=st.none() | st.integers(1, 9), status=texts
    )
)
def test_conditions_number_their_arguments(filters):
    sql, args = conditions(filters, start=3)
    used = {int(n) for n in re.findall(r"\$(\d+)", sql)}
    assert used == set(range(3, 3 + len(args)))
