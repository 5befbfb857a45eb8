"""Principles suggested for ideas: from their descriptions alone at first, learned from moderators' tags later."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import scipy.sparse as sp

from ml.features import Features
from ml.likeness import Evidence
from ml.prototype import Prototypes, marked
from ml.spread import AT_ONCE, LABEL, links, seen, spread, told
from ml.tag_report import PrincipleReport, Report, make_report
from ml.text import head

FORMAT = 1
LEAST_LABELS = 30
"""Fewer labelled texts than this teach nothing that the descriptions do not say."""
SURE_NONE = 0.15
"""When no principle is likelier than this the text has none; between this and the threshold the model is unsure."""
FOLDS = 5
HEAD = 0.7
"""Weight of a text's title among its words (chosen on the public tagging set)."""
MOST_LESSONS = 3000
"""So many labelled texts, evenly spaced, lend their labels to those that say nearly the same."""


@dataclass(frozen=True)
class Principle:
    """One principle of a campaign: what the descriptions say is all that the tagger knows before it has labels."""

    slug: str
    name: str
    description: str
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True)
class Suggestion:
    """A principle with its calibrated probability, and the words of the text that speak for it."""

    slug: str
    probability: float
    because: tuple[str, ...]


class Suggested(list[Suggestion]):
    """Suggestions of one text, likeliest first. verdict: "tags" (these), "none" (surely none), "unsure" (the list
    holds what it may be)."""

    def __init__(self, items: Sequence[Suggestion], verdict: str) -> None:
        super().__init__(items)
        self.verdict = verdict


class Tagger:
    """Suggests principles. Immutable: `learn` returns a new one. `version` changes with what it knows.

    Texts that are given together lend to each other: those that say nearly the same fall under the same principles.
    So a campaign is tagged best as a whole.
    """

    def __init__(
        self, principles: Sequence[Principle], lang: str = "ru", *, state: dict | None = None
    ) -> None:
        if len({p.slug for p in principles}) != len(principles):
            raise ValueError("two principles have the same slug")
        self.principles = [Principle(p.slug, p.name, p.description, tuple(p.keywords)) for p in principles]
        self.lang = lang
        described = [(p.name, p.description, p.keywords) for p in self.principles]
        self.prototypes = Prototypes(marked([p.slug for p in self.principles], described), lang)
        self.model: dict[str, np.ndarray] | None = None
        self.features: Features | None = None
        self._report: Report | None = None
        if state:
            self.model, self.features, self._report = state["model"], state["features"], state["report"]
        self._lessons = _lessons(self.model) if self.model else None
        self.version = self._version()

    def learn(self, texts: Sequence[str], tags: Sequence[Sequence[str]], *, precision: float = 0.9) -> Tagger:
        """A new version taught by n labelled texts (tags: slugs of each; [] = none). Below 30 it is only measured.

        Linear one-against-rest logistic regression on stems, characters, concepts and the descriptions' scores,
        calibrated on held-out folds (Platt). Where wishes tell principles apart, labels are lent to texts that say
        nearly the same, and the regression has only the part that folds grant it. Raises ValueError on unknown slugs
        or lengths that differ.
        """
        gold = self._gold(texts, tags)
        from ml import tag_learn

        slugs = [p.slug for p in self.principles]
        if len(texts) < LEAST_LABELS or not gold.any():
            report = make_report(gold, self.probabilities(texts), self.thresholds(), slugs, precision)
            return Tagger(
                self.principles, self.lang, state={"model": None, "features": None, "report": report}
            )
        features = Features(self.lang).fit(sorted(texts))
        model, held_out = tag_learn.fit(self._rows(features, texts), gold, FOLDS)
        if self.prototypes.claimed:
            rows = seen(features, texts)
            known = self.prototypes, self.prototypes.shares(texts)
            lent = links(rows, rows, np.arange(len(texts)))
            more, held_out = tag_learn.beside_prototypes(texts, gold, held_out, known, lent, FOLDS)
            model |= more | _kept(rows, gold)
        report = make_report(gold, held_out, model["threshold"], slugs, precision)
        return Tagger(
            self.principles, self.lang, state={"model": model, "features": features, "report": report}
        )

    def _gold(self, texts, tags) -> np.ndarray:
        if len(texts) != len(tags):
            raise ValueError(f"{len(texts)} texts with {len(tags)} lists of tags")
        at = {p.slug: i for i, p in enumerate(self.principles)}
        gold = np.zeros((len(texts), len(at)), bool)
        for i, row in enumerate(tags):
            for slug in row:
                if slug not in at:
                    raise ValueError(f"no principle has the slug {slug!r}")
                gold[i, at[slug]] = True
        return gold

    def _rows(self, features: Features, texts: Sequence[str]) -> sp.csr_matrix:
        scores = self.prototypes.scores(texts).astype(np.float32)
        heads = HEAD * features.transform([head(t) for t in texts])
        return sp.hstack(
            [features.transform(texts), heads, sp.csr_matrix(scores)], format="csr", dtype=np.float32
        )

    def thresholds(self) -> np.ndarray:
        """(principles,) probabilities from which a principle is suggested."""
        return self.model["threshold"] if self.model else self.prototypes.thresholds()

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """(n, principles) calibrated probabilities, columns in the order of the principles."""
        if not len(texts):
            return np.zeros((0, len(self.principles)))
        if not self.prototypes.claimed:
            return self._learned(texts) if self.model else self.prototypes.probabilities(texts)
        parts = [self._at_home(texts[i : i + AT_ONCE]) for i in range(0, len(texts), AT_ONCE)]
        return np.concatenate(parts)

    def _learned(self, texts: Sequence[str]) -> np.ndarray:
        assert self.model is not None
        assert self.features is not None
        logits = self._rows(self.features, texts) @ self.model["coef"] + self.model["bias"]
        return 1 / (1 + np.exp(-(logits * self.model["slope"] + self.model["offset"])))

    def _at_home(self, texts: Sequence[str]) -> np.ndarray:
        """Of texts that lend to each other, labelled ones among the lenders."""
        shares = self.prototypes.shares(texts)
        # Words that no labelled text has make the given ones alike, too.
        own = seen(Features(self.lang).fit(sorted(texts)), texts)
        lent, lenders = links(own, own, np.arange(len(texts))), shares
        if self._lessons is not None and self.features is not None:
            known, tags = self._lessons
            taught = LABEL * links(seen(self.features, texts), known)
            lent, lenders = sp.hstack([lent, taught], format="csr"), np.vstack([shares, told(tags)])
        found = self.prototypes.probabilities(texts, spread(shares, lent, lenders))
        if self.model is None or "part" not in self.model:
            return found
        from ml.tag_learn import mixed

        return mixed(found, self._learned(texts), self.model["part"])

    def suggest(self, texts: Sequence[str]) -> list[Suggested]:
        """Per text what it is about, with reasons."""
        probability = self.probabilities(texts)
        threshold = self.thresholds()
        out = []
        for text, row in zip(texts, probability, strict=True):
            sure = np.nonzero(row >= threshold)[0]
            verdict = "tags" if len(sure) else ("none" if row.max(initial=0) < SURE_NONE else "unsure")
            shown = sure if len(sure) else np.nonzero(row >= SURE_NONE)[0]
            ranked = sorted(shown.tolist(), key=lambda c: (-row[c], c))
            items = [
                Suggestion(self.principles[c].slug, float(row[c]), self._because(text, c)) for c in ranked
            ]
            out.append(Suggested(items, verdict))
        return out

    def _because(self, text: str, column: int) -> tuple[str, ...]:
        reasons = dict(self.prototypes.reasons(text, column))
        if self.model is not None and self.features is not None:
            from ml.tag_learn import reasons as learned

            for word, weight in learned(self.features, self.model["coef"][:, column], text):
                reasons[word] = max(reasons.get(word, 0.0), weight)
        return tuple(sorted(reasons, key=lambda w: (-reasons[w], w))[:4])

    def report(self) -> Report:
        """Cross-validated figures of the last `learn`. Raises ValueError before the first."""
        if self._report is None:
            raise ValueError("nothing learned yet: there is nothing to report")
        return self._report

    def _version(self) -> str:
        return hashlib.blake2b(self.to_bytes(), digest_size=5).hexdigest()

    def to_bytes(self) -> bytes:
        """The tagger as an npz archive (arrays and JSON, no pickle)."""
        arrays: dict[str, np.ndarray] = {}
        state: dict = {
            "format": FORMAT,
            "lang": self.lang,
            "principles": [asdict(p) for p in self.principles],
        }
        if self._report is not None:
            state["report"] = asdict(self._report)
        if self.model is not None and self.features is not None:
            state["features"] = self.features.state()
            arrays = {f"model_{k}": v for k, v in self.model.items()}
            arrays |= {f"idf{i}": v for i, v in enumerate(self.features.idf)}
        text = json.dumps(state, ensure_ascii=False, sort_keys=True).encode()
        out = io.BytesIO()
        np.savez(out, state=np.frombuffer(text, np.uint8), **arrays)
        return out.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Tagger:
        """What `to_bytes` wrote. Raises ValueError on anything else."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as archive:
                arrays = {k: archive[k] for k in archive.files}
            state = json.loads(arrays["state"].tobytes())
            principles = [Principle(**{**p, "keywords": tuple(p["keywords"])}) for p in state["principles"]]
        except (OSError, EOFError, KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
            raise ValueError("not a tagger") from error
        if state.get("format") != FORMAT:
            raise ValueError(f"tagger of format {state.get('format')}, expected {FORMAT}: teach a new one")
        report = None
        if "report" in state:
            rows = [PrincipleReport(**r) for r in state["report"].pop("principles")]
            examples = tuple(tuple(u) for u in state["report"].pop("uncertain"))
            report = Report(**state["report"], principles=tuple(rows), uncertain=examples)
        model = {k[6:]: v for k, v in arrays.items() if k.startswith("model_")} or None
        features = (
            Features.restore(state["features"], [arrays[f"idf{i}"] for i in range(2)]) if model else None
        )
        return cls(principles, state["lang"], state={"model": model, "features": features, "report": report})


def _kept(rows: Evidence, gold: np.ndarray) -> dict[str, np.ndarray]:
    """Labelled texts as numbers, so that none is kept as it was written."""
    some = np.arange(0, len(gold), max(1, -(-len(gold) // MOST_LESSONS)))
    out = {"tags": gold[some], "home": np.array([rows.at_home])}
    for name, block in (("words", rows.lexical[some]), ("concepts", rows.concepts[some])):
        out |= {f"{name}_data": block.data.astype(np.float16), f"{name}_at": block.indices.astype(np.int32)}
        out |= {f"{name}_ends": block.indptr.astype(np.int32), f"{name}_width": np.array([block.shape[1]])}
    return out


def _lessons(model: dict[str, np.ndarray]) -> tuple[Evidence, np.ndarray] | None:
    """What `_kept` kept."""
    if "tags" not in model:
        return None
    tags = model["tags"].astype(float)
    words, concepts = (
        sp.csr_matrix(
            (model[f"{n}_data"].astype(np.float32), model[f"{n}_at"], model[f"{n}_ends"]),
            (len(tags), int(model[f"{n}_width"][0])),
        )
        for n in ("words", "concepts")
    )
    return Evidence(words, concepts, np.zeros((len(tags), 1), np.float32), float(model["home"][0])), tags
