"""The standard as one document: what is signed, shown and printed. It is kept with a version as JSON."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Group(msgspec.Struct):
    """A group of ideas behind a clause; `supporters` distinct people."""

    id: int
    name: str
    ideas: int
    supporters: int


class ClauseView(msgspec.Struct):
    """A clause with its evidence. People are counted once for the clause; `against` comments speak against its ideas.

    `arguments` are the numbers of some of these comments: their texts are read where they are shown, as one of
    them may be hidden later.
    """

    id: int
    number: str
    text: str
    revision: int
    groups: list[Group] = []
    ideas: int = 0
    supporters: int = 0
    votes: int = 0
    votes_against: int = 0
    against: int = 0
    arguments: list[int] = []


class Section(msgspec.Struct):
    """A principle (`id` None: clauses under none) and its clauses."""

    number: int
    id: int | None
    name: dict[str, str]
    clauses: list[ClauseView] = []


class LeftOut(msgspec.Struct):
    """A group that no clause is drawn from, and why."""

    id: int
    name: str
    state: str
    ideas: int
    supporters: int
    reason: str = ""
    commitment: int | None = None


class Document(msgspec.Struct):
    """All of it. `ideas` and `supporters` are over the whole document, each counted once.

    `left` is how many groups of each state no clause is drawn from, `left_out` the largest of those that were decided.
    """

    title: str
    preamble: str
    sections: list[Section] = []
    ideas: int = 0
    supporters: int = 0
    left: dict[str, int] = {}
    left_out: list[LeftOut] = []
    made: datetime | None = None

    @property
    def clauses(self) -> list[ClauseView]:
        return [clause for section in self.sections for clause in section.clauses]

    def clause(self, id: int) -> ClauseView | None:
        return next((c for c in self.clauses if c.id == id), None)
