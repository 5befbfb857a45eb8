"""The demo's texts: enough of them, in groups that are hard in the right way, and nobody's data in them."""

from __future__ import annotations

import itertools
import re

import pytest
from nltk.stem.snowball import SnowballStemmer
from stop_words import get_stop_words

from ideas.demo import material
from ideas.idea.rules import TITLE_LONGEST

TEXTS = [text for theme in material.themes() for group in theme.groups for text in group.ideas]
ALONE = [text for theme in material.themes() for text in theme.alone]
GROUPS = [group for theme in material.themes() for group in theme.groups]
STEMMERS = {"ru": SnowballStemmer("russian"), "en": SnowballStemmer("english")}
STOPS = {lang: frozenset(get_stop_words(lang)) for lang in STEMMERS}


def stems(text: material.Text) -> frozenset[str]:
    words = re.findall(r"[^\W\d_]+", f"{text.title} {text.text}".lower().replace("ё", "е"))
    return frozenset(STEMMERS[text.lang].stem(w) for w in words if len(w) > 2 and w not in STOPS[text.lang])


def overlap(group: material.Group) -> float:
    """Mean Jaccard similarity of the stem sets of members in one language; 0 where no two share a language."""
    pairs = [
        len(a & b) / max(1, len(a | b))
        for lang in STEMMERS
        for a, b in itertools.combinations([stems(t) for t in group.ideas if t.lang == lang], 2)
    ]
    return sum(pairs) / len(pairs) if pairs else 0.0


def test_there_are_enough():
    languages = [t.lang for t in TEXTS + ALONE]
    assert languages.count("ru") >= 800
    assert languages.count("en") >= 120
    assert 160 <= len(GROUPS) <= 190


def test_a_quarter_stands_alone():
    assert 0.22 <= len(ALONE) / len(TEXTS + ALONE) <= 0.28


def test_in_half_of_the_groups_the_members_share_hardly_a_stem():
    apart = [g for g in GROUPS if overlap(g) < 0.05]
    assert 0.45 <= len(apart) / len(GROUPS) <= 0.6
    assert {g.group for g in GROUPS if g.kind == "distant"} <= {g.group for g in apart}


def test_neighbours_repeat_the_key_words():
    assert [g.group for g in GROUPS if g.kind == "echo" and overlap(g) < 0.05] == []


def test_some_groups_are_in_both_languages():
    assert sum({"ru", "en"} == {t.lang for t in g.ideas} for g in GROUPS) >= 40


def test_a_fifth_of_the_groups_is_kept_out():
    assert 0.18 <= sum(g.kept_out for g in GROUPS) / len(GROUPS) <= 0.22


def test_names_and_texts_are_unique_and_within_bounds():
    assert len({g.group for g in GROUPS}) == len(GROUPS)
    assert all(len(g.ideas) >= 2 for g in GROUPS)
    everything = [(t.title, t.text) for t in TEXTS + ALONE]
    assert len(set(everything)) == len(everything)
    assert all(3 <= len(title) <= TITLE_LONGEST and 10 <= len(text) <= 5000 for title, text in everything)


def test_tags_are_principles_of_the_standard():
    known = {p.slug for p in material.principles()}
    assert len(known) == 8
    assert {slug for t in TEXTS + ALONE for slug in t.principles} <= known
    used = [t for t in TEXTS + ALONE if t.principles]
    assert 0.85 <= len(used) / len(TEXTS + ALONE) <= 0.97


def test_decisions_and_comments_can_be_used():
    decisions = [g.decision for g in GROUPS if g.decision]
    assert len(decisions) >= 20
    assert {d.verdict for d in decisions} == {"accept", "decline", "forward"}
    assert all(d.reason["ru"] and d.reason["en"] for d in decisions)
    assert {c.side for g in GROUPS for c in g.comments} == {"for", "against", "question"}


@pytest.mark.parametrize(
    "pattern",
    [
        r"[\w.+-]+@[\w-]+\.\w+",
        r"(?:\+7|\b8)[\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}",
        r"\b\d{4}\s?\d{6}\b",
        r"\b\d{3}-\d{3}-\d{3}\s?\d{2}\b",
        r"https?://|\bwww\.",
    ],
    ids=["email", "phone", "passport", "snils", "link"],
)
def test_nobodys_data_stands_in_it(pattern):
    said = [f"{t.title} {t.text}" for t in TEXTS + ALONE] + [c.text for g in GROUPS for c in g.comments]
    assert [s for s in said if re.search(pattern, s)] == []
