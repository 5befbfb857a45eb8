"""Properties of grouping that must hold for any texts."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ml
from ml import linkage

TEXTS = [
    "Душно в зале ожидания, поставьте кондиционер",
    "Поставьте кондиционер в зал, летом душно",
    "Кондиционер не работает, в зале душно",
    "Откройте центр в воскресенье, я работаю всю неделю",
    "Работайте в воскресенье, в будни не успеваю",
    "Пандус слишком крутой, на коляске не заехать",
    "Сделайте пологий пандус для колясок",
    "Мало стульев, стоим вдоль стены",
    "Добавьте стульев в зал ожидания",
    "More chairs in the waiting hall, please",
    "Open on Sundays, people work all week",
    "Присылайте СМС, когда документы готовы",
    "СМС о готовности документа, чтобы не ездить зря",
]
quick = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
pairs = st.tuples(st.integers(0, len(TEXTS) - 1), st.integers(0, len(TEXTS) - 1)).filter(
    lambda p: p[0] != p[1]
)


def partition(labels: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(np.nonzero(labels == c)[0].tolist()) for c in set(labels.tolist()) - {-1}}


@quick
@given(st.lists(pairs, max_size=4), st.lists(pairs, max_size=4))
def test_links_hold_or_contradiction_is_told(must: list, cannot: list) -> None:
    try:
        made = ml.group(TEXTS, "mixed", must_link=must, cannot_link=cannot)
    except ml.ContradictoryLinks as error:
        told = error
    else:
        told = None
    if told is not None:
        assert told.pairs
        assert "must be apart" in str(told)
        return
    for i, j in must:
        assert made.clusters[i] == made.clusters[j] >= 0
    for i, j in cannot:
        assert made.clusters[i] == -1 or made.clusters[i] != made.clusters[j]


def test_contradiction_through_a_chain_names_the_pair() -> None:
    with pytest.raises(ml.ContradictoryLinks) as caught:
        ml.group(TEXTS, must_link=[(0, 3), (3, 5)], cannot_link=[(0, 5)])
    assert caught.value.pairs == [(0, 5)]


@quick
@given(st.permutations(range(len(TEXTS))))
def test_permuting_the_texts_permutes_the_labels(order: list[int]) -> None:
    straight = ml.group(TEXTS, "mixed")
    mixed = ml.group([TEXTS[i] for i in order], "mixed")
    assert mixed.clusters.tolist() == straight.clusters[order].tolist()
    assert mixed.themes.tolist() == straight.themes[order].tolist()
    assert np.allclose(mixed.similarity, straight.similarity[order])


def test_duplicates_share_a_cluster_unless_parted() -> None:
    texts = [*TEXTS, TEXTS[7], TEXTS[7].upper()]
    made = ml.group(texts, "mixed")
    assert made.clusters[7] == made.clusters[13] == made.clusters[14] >= 0
    parted = ml.group(texts, "mixed", cannot_link=[(7, 13)])
    assert parted.clusters[7] != parted.clusters[13]


@pytest.mark.parametrize(
    "texts",
    [
        [],
        [""],
        ["", ""],
        ["да"],
        ["🙂🙂"],
        ["🙂🙂", "🙃", "слово"],
        ["слово " * 10_000, "слово", "другое"],
        ["a"] * 50,
        ["  \n"] * 3,
    ],
)
def test_odd_inputs_work(texts: list[str]) -> None:
    made = ml.group(texts)
    assert len(made.clusters) == len(made.themes) == len(made.similarity) == len(texts)
    assert (made.themes >= 0).all()
    assert ((made.similarity >= 0) & (made.similarity <= 1)).all()
    assert set(made.names) == set(made.clusters.tolist()) - {-1}
    assert set(made.theme_names) == set(made.themes.tolist())


def test_clusters_never_cross_themes_and_names_are_of_members() -> None:
    made = ml.group(TEXTS * 2 + ["Пандус и стулья", "Воскресенье, СМС и кондиционер"], "mixed")
    for members in partition(made.clusters):
        assert len({made.themes[i] for i in members}) == 1
    for cluster, name in made.names.items():
        assert made.clusters[name.typical] == cluster
        assert name.keywords


def test_the_same_wish_is_found() -> None:
    made = ml.group(TEXTS, "mixed")
    assert made.clusters[0] == made.clusters[1] >= 0
    assert made.clusters[11] == made.clusters[12] >= 0
    assert made.clusters[0] != made.clusters[11]


def test_ids_live_on() -> None:
    first = ml.group(TEXTS, "mixed")
    more = [*TEXTS, "Душно, нужен кондиционер в зал", "Поменяйте вывеску на входе"]
    new = np.full(2, -1)
    second = ml.group(
        more, "mixed", previous=np.concatenate([first.clusters + 40 * (first.clusters >= 0), new]),
        previous_themes=np.concatenate([first.themes + 7, new]),
    )  # fmt: skip
    held = first.clusters >= 0
    assert (second.clusters[:13][held] == first.clusters[held] + 40).all()
    assert second.clusters[13] == first.clusters[0] + 40
    assert (second.themes[:13] == first.themes + 7).all()


def test_wrong_arguments_are_told() -> None:
    with pytest.raises(ValueError, match="previous has 2 rows for 1 texts"):
        ml.group(["раз"], previous=[0, 1])
    with pytest.raises(ValueError, match="detail"):
        ml.group(["раз"], detail=9)
    with pytest.raises(ValueError, match="not among the 1 given"):
        ml.group(["раз"], must_link=[(0, 4)])


def test_progress_ends_at_one_and_never_falls() -> None:
    seen: list[float] = []
    ml.group(TEXTS, "mixed", progress=lambda stage, fraction: seen.append(fraction))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_two_runs_give_the_same() -> None:
    first, second = ml.group(TEXTS, "mixed"), ml.group(TEXTS, "mixed")
    assert first.clusters.tolist() == second.clusters.tolist()
    assert first.names == second.names


def test_a_language_without_stemmer_says_so() -> None:
    assert ml.group(["Ανοίξτε την Κυριακή", "Κλιματισμός"], "el").fallback
    assert not ml.group(["abrir el domingo"], "es").fallback


def test_place_votes() -> None:
    vector = np.zeros(256, np.float32)
    assert ml.place(vector, [0.9, 0.5, 0.5, 0.1], [3, 4, 4, 5], 0.3) == (4, 0.5)
    assert ml.place(vector, [0.2, 0.9], [3, -1], 0.3) == (-1, 0.0)
    assert ml.place(vector, [], []) == (-1, 0.0)


def test_what_stands_alone_joins_the_cluster_that_it_fits_best_unless_kept_apart() -> None:
    rows = [
        (0, 1, 0.6),
        (2, 3, 0.6),
        (4, 0, 0.3),
        (4, 1, 0.3),
        (4, 2, 0.4),
        (4, 3, 0.4),
        (5, 0, 0.1),
        (5, 1, 0.1),
    ]
    first, second, likeness = zip(*rows, strict=True)
    links = sp.csr_matrix((likeness * 2, (first + second, second + first)), shape=(6, 6))
    sizes, labels = np.ones(6, np.int64), np.array([0, 0, 1, 1, 2, 3])
    assert np.allclose(linkage.cohesion(links, sizes, labels), [0.6, 0.6, 1, 1])
    levels = np.full(4, 0.25)
    free, none = np.zeros((0, 2), np.int64), [0, 0, 1, 1, 2, 3]
    assert linkage.take_in(links, sizes, labels, levels, free).tolist() == [0, 0, 1, 1, 1, 2]
    assert linkage.take_in(links, sizes, labels, levels, np.array([[2, 4]])).tolist() == [0, 0, 1, 1, 0, 2]
    assert linkage.take_in(links, sizes, labels, np.full(4, 0.5), free).tolist() == none
