"""What grouping, search and tagging reach, as the page for moderators tells it: shares of 1, copied from the table
of `docs/grouping.md` (a test holds both together)."""

from __future__ import annotations

from typing import NamedTuple


class Figure(NamedTuple):
    """`what` and `on` name the row of the table."""

    what: str
    on: str
    value: float


DEMO = "demo kept-out"
FIGURES = {
    "group_precision": Figure("groups, pair precision", DEMO, 0.48),
    "group_recall": Figure("groups, pair recall", DEMO, 0.682),
    "group_tight": Figure("same answer, precision of the tight tier", "ru_answers_groups", 0.954),
    "group_tight_recall": Figure("same answer, recall of the tight tier", "ru_answers_groups", 0.086),
    "echo_first": Figure("another idea of my group, echo, hit@1", DEMO, 0.935),
    "echo_five": Figure("another idea of my group, echo, hit@5", DEMO, 1.0),
    "distant_first": Figure("another idea of my group, distant, hit@1", DEMO, 0.608),
    "distant_five": Figure("another idea of my group, distant, hit@5", DEMO, 0.865),
    "other_language": Figure("the same in the other language, hit@5", DEMO, 0.924),
    "tags_described": Figure("principles from descriptions alone, micro F1", DEMO, 0.707),
    "tags_taught": Figure("principles from 300 labels, micro F1", DEMO, 0.713),
    "tags_elsewhere": Figure("tags, micro F1", "de_cycling_tags", 0.772),
    "tags_calibration": Figure("calibration error, descriptions alone", DEMO, 0.016),
    "ids_kept": Figure("cluster ids kept by old members, +10%", "en_intents", 0.996),
}


def shares() -> dict[str, float]:
    """The values by their short names."""
    return {name: figure.value for name, figure in FIGURES.items()}
