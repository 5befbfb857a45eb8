"""The machine's understanding of ideas: pure functions, strings and arrays in, documented results out.

    group(texts, …)      -> Grouping   clusters (say the same), themes, names, similarity; obeys links, keeps ids
    similar(queries, corpus, k)        (q, k) indices and scores 0..1; −1 where nothing is similar
    ask(texts, grouping, …)            pairs to put to a moderator: the same, or not?
    place(vector, scores, clusters)    a new idea's cluster by vote of its neighbours
    match(before, after, decided)      lineage between two groupings
    Tagger([Principle…])               principles with probabilities and reasons; learns from tags
    screen(texts)                      personal data, insults, spam, noise, with place and reason
    Encoder.fit(texts, lang)           texts to (n, 256) float32 unit rows, whose cosine is likeness

n texts give arrays of n rows in the order given. Labels are int64, −1 = stands alone. Scores and similarities are
0..1. Everything is deterministic; nothing is fetched; no object needs pickle (`to_bytes`, `from_bytes`).
Languages: "ru", "en", "mixed" and those with a Snowball stemmer (de, es, fr, …); others work by whole words and
characters, and say so in `fallback`.
"""

from ml.ask import Question, ask
from ml.cluster import Grouping, group
from ml.encode import DIMENSIONS, Encoder
from ml.label import Name
from ml.lineage import Change, match
from ml.links import ContradictoryLinks
from ml.place import place
from ml.screen import Flag, screen
from ml.search import similar
from ml.tag import Principle, Suggested, Suggestion, Tagger
from ml.tag_report import PrincipleReport, Report

__all__ = [
    "DIMENSIONS", "Change", "ContradictoryLinks", "Encoder", "Flag", "Grouping", "Name", "Principle",
    "PrincipleReport", "Question", "Report", "Suggested", "Suggestion", "Tagger", "ask", "group", "match",
    "place", "screen", "similar",
]  # fmt: skip
