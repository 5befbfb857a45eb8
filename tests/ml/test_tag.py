"""Tagging from descriptions and from labels."""

from __future__ import annotations

import numpy as np
import pytest

import ml
from ml import signs
from ml.prototype import built_in, marked
from ml.signs import MARK

PRINCIPLES = [
    ml.Principle("time", "Беречь время", "очереди и ожидание", ("очередь", "ждать", "долго", "запись")),
    ml.Principle("access", "Доступность", "удобство для всех", ("пандус", "лифт", "стулья", "воскресенье")),
]
QUEUE = ["Очередь на {} часа", "Долго ждать {} окно", "Запись на {} неделю", "Ждали {} часов в очереди"]
RAMP = [
    "Пандус у входа номер {}",
    "Нет лифта на {} этаж",
    "Стулья в зале {}",
    "Откройте {} центр в воскресенье",
]


@pytest.fixture(scope="module")
def taught() -> tuple[ml.Tagger, ml.Tagger]:
    first = ml.Tagger(PRINCIPLES)
    texts = [t.format(i) for i in range(8) for t in QUEUE + RAMP] + [f"Спасибо {i}" for i in range(8)]
    tags = [["time"]] * 4 + [["access"]] * 4
    return first, first.learn(texts, tags * 8 + [[]] * 8)


def test_works_without_a_label() -> None:
    made = ml.Tagger(PRINCIPLES).suggest(["Очередь, ждать очень долго", "Крутой пандус", "Синий кит"])
    assert made[0][0].slug == "time"
    assert made[0].verdict == "tags"
    assert "очередь" in made[0][0].because
    assert made[1][0].slug == "access"
    assert made[2].verdict == "none"
    assert list(made[2]) == []


def test_learning_gives_a_new_version_with_a_report(taught: tuple[ml.Tagger, ml.Tagger]) -> None:
    first, second = taught
    assert first.version != second.version
    report = second.report()
    assert report.texts == 72
    assert report.micro_f1 > 0.9
    assert {p.slug for p in report.principles} == {"time", "access"}
    assert 0 <= report.calibration_error <= 1
    assert len(report.uncertain) == 20
    with pytest.raises(ValueError, match="nothing learned"):
        first.report()


def test_bytes_bring_back_the_same(taught: tuple[ml.Tagger, ml.Tagger]) -> None:
    for tagger in taught:
        again = ml.Tagger.from_bytes(tagger.to_bytes())
        assert again.version == tagger.version
        texts = ["Очередь на два часа", "Пандус"]
        assert np.allclose(again.probabilities(texts), tagger.probabilities(texts))
    assert ml.Tagger.from_bytes(taught[1].to_bytes()).report() == taught[1].report()
    with pytest.raises(ValueError, match="not a tagger"):
        ml.Tagger.from_bytes(b"")


def test_few_labels_are_only_measured() -> None:
    report = ml.Tagger(PRINCIPLES).learn(["Очередь"], [["time"]]).report()
    assert report.texts == 1


def test_wrong_input_is_told() -> None:
    with pytest.raises(ValueError, match="no principle has the slug 'nope'"):
        ml.Tagger(PRINCIPLES).learn(["раз"], [["nope"]])
    with pytest.raises(ValueError, match="1 texts with 2 lists"):
        ml.Tagger(PRINCIPLES).learn(["раз"], [[], []])
    with pytest.raises(ValueError, match="same slug"):
        ml.Tagger([PRINCIPLES[0], PRINCIPLES[0]])


def test_empty_input() -> None:
    assert ml.Tagger(PRINCIPLES).suggest([]) == []
    assert ml.Tagger(PRINCIPLES).suggest([""])[0].verdict == "none"


STANDARD = [ml.Principle(slug, slug, "") for slug in built_in()]
RAMP_SAID = "Поставьте пандус у входа, на инвалидной коляске не подняться"
PLAIN = "Сделайте наконец то, о чём мы просим: зюзюкалка у входа, зюзюкалка нужна всем"


def told(tagger: ml.Tagger, texts: list[str], slug: str) -> list[float]:
    return tagger.probabilities(texts)[:, [p.slug for p in tagger.principles].index(slug)].tolist()


def test_principles_of_the_standard_claim_wishes_unless_a_campaign_says_its_own() -> None:
    described = [(p.name, p.description, p.keywords) for p in STANDARD]
    slugs = [p.slug for p in STANDARD]
    assert all(any(k.startswith("@") for k in keywords) for _, _, keywords in marked(slugs, described))
    own = [("a", "", ("@wish-queue-",)), *described[1:]]
    assert marked(slugs, own) == own
    assert marked(["warm", "cold"], described[:2]) == described[:2]
    assert ml.Tagger(STANDARD).suggest([RAMP_SAID])[0][0].slug == "access"
    assert ml.Tagger(STANDARD).suggest(["", "🙂"])[0].verdict != "tags"


def test_ideas_that_say_the_same_lend_each_other_principles() -> None:
    tagger = ml.Tagger(STANDARD)
    vague = "Пандус у входа, зюзюкалка"
    alone = told(tagger, [vague], "access")[0]
    among = told(tagger, [vague, f"{vague}: на инвалидной коляске не подняться по ступеням"], "access")[0]
    stranger = told(tagger, [vague, "Очередь на три часа, талонов нет"], "access")[0]
    assert among > alone
    assert stranger == pytest.approx(alone, abs=1e-6)


def test_a_label_is_lent_to_what_says_nearly_the_same_and_no_text_is_kept() -> None:
    texts = [PLAIN, *(q.format(i) for i in range(10) for q in QUEUE + RAMP)]
    tags = [["pride"], *([["time"]] * 4 + [["access"]] * 4) * 10]
    tagger = ml.Tagger(STANDARD)
    taught = tagger.learn(texts, tags)
    asked = ["Зюзюкалка у входа нужна всем, сделайте то, о чём просим"]
    assert told(taught, asked, "pride")[0] > told(tagger, asked, "pride")[0] + 0.1
    again = ml.Tagger.from_bytes(taught.to_bytes())
    assert np.allclose(again.probabilities(asked), taught.probabilities(asked))
    assert "о чем мы просим".encode() not in taught.to_bytes()


SEIZURE = "Пусть после обморока или приступа эпилепсии сотрудники не растерялись и умели действовать"
JUDGED = "They judge by rank and poverty, it is humiliating: reception should have no prejudice"
GARDEN = "Помидоры и рассада на даче удались, варим варенье"


def test_signs_tell_what_no_wish_covers_and_know_small_talk() -> None:
    known = ml.Tagger(STANDARD)
    without = ml.Tagger(
        [
            ml.Principle(s, s, "", tuple(k for k in words if k.startswith("@wish")))
            for s, words in built_in().items()
        ]
    )
    for text, slug in ((SEIZURE, "professionalism"), (JUDGED, "client-right")):
        assert [s.slug for s in known.suggest([text])[0]][:1] == [slug]
        assert known.suggest([text])[0].verdict == "tags"
        assert without.suggest([text])[0].verdict != "tags"
    assert known.suggest([GARDEN])[0].verdict == "none"
    assert without.suggest([GARDEN])[0].verdict != "none"


def test_signs_are_of_known_principles_and_speak_both_languages() -> None:
    marks = {k.removeprefix(MARK) for words in built_in().values() for k in words if k.startswith(MARK)}
    scenes = signs.built_in()
    assert {slug for scene in scenes for slug in scene["principle"]} == marks == set(built_in())
    assert all(len(scene["ru"]) > 5 and len(scene["en"]) > 5 for scene in scenes)
    assert not signs.Signs(ml.Tagger(PRINCIPLES).prototypes.thesaurus, [[], []]).principles.size
