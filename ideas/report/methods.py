"""How the numbers of a report are made, in words and formulas, each in a paragraph."""

from __future__ import annotations

from ideas.errors import message

METHODS = [
    message(
        "People. P = |A ∪ V ∪ C|: the distinct accounts that wrote an idea (A), voted for one (V) or commented (C). "
        "Hidden ideas and comments count nowhere; votes against are not support."
    ),
    message(
        "Support of a group. S = |A ∪ V| over the group’s visible ideas: somebody who supports several of them counts "
        "once. It is less than the sum of votes."
    ),
    message(
        "Answered share = ideas with a status other than “submitted” ÷ all visible ideas. An idea is answered when a "
        "decision on it, or on its group, stands."
    ),
    message(
        "Time to an answer = moment of the first decision that stands − moment of the idea. The median is the value "
        "with half of the times below it; nine tenths lie under the 90th percentile (both by linear interpolation)."
    ),
    message(
        "Principles. An idea’s principles are given by a moderator or, with a probability, by a model. A group stands "
        "under each principle that at least a third of its ideas bear: n(principle) ÷ n(group) ≥ 1⁄3."
    ),
    message(
        "Districts are those of the centre that an idea is about, not of the person. People per 10,000 = "
        "10,000 × people ÷ population, where the population is known."
    ),
    message(
        "Groups of like ideas are found by a program and corrected by moderators. What a moderator has decided is "
        "never changed by a program."
    ),
    message(
        "A commitment is overdue when its day has passed and it is neither done nor dropped. The counts of the "
        "standard are of the day on which its version was signed."
    ),
]
