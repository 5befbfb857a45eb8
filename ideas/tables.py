"""Every table of the product: the schema on one page.

Constraints and indexes that Piccolo has no words for (composite keys, checks, generated columns) stand in the
migration `constraints`. Texts in more than one language are JSON objects, `{"ru": "…", "en": "…"}`.
"""

from __future__ import annotations

from typing import Any

from piccolo.columns import (
    JSONB,
    BigInt,
    BigSerial,
    Boolean,
    Bytea,
    Column,
    DoublePrecision,
    ForeignKey,
    Integer,
    Real,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table


class Vector(Column):
    """A pgvector column; the dimension is fixed, because Piccolo cannot migrate a change of it."""

    value_type = list

    def __init__(self, default: Any = None, **kwargs: Any) -> None:
        self.default = default
        super().__init__(default=default, **kwargs)

    @property
    def column_type(self) -> str:
        return "vector(256)"


def reference(table: Any, *, null: bool = False, on_delete: OnDelete = OnDelete.restrict) -> ForeignKey:
    """A foreign key that is indexed and, unless said, required: Piccolo's own default is neither."""
    return ForeignKey(table, null=null, default=None, on_delete=on_delete, index=True)


class Account(Table):
    """A person. Imported participants and erased people have no e-mail and cannot sign in."""

    id = BigSerial(primary_key=True)
    email = Varchar(length=254, null=True, default=None, help_text="lower case, unique")
    password = Text(null=True, default=None, help_text="argon2id hash", secret=True)
    name = Varchar(length=80, help_text="public name")
    role = Varchar(length=12, default="citizen", help_text="citizen, moderator, planner, admin")
    language = Varchar(length=2, null=True, default=None)
    source = Varchar(
        length=200, null=True, default=None, help_text="where an imported participant comes from"
    )
    created = Timestamptz(default=TimestamptzNow())
    confirmed = Timestamptz(
        null=True, default=TimestamptzNow(), help_text="nothing: the address has yet to be shown to be theirs"
    )
    blocked = Timestamptz(null=True, default=None)


class Session(Table):
    """A signed-in browser or a program's bearer token; only the hash of its secret is kept."""

    id = BigSerial(primary_key=True)
    account = reference(Account, on_delete=OnDelete.cascade)
    hash = Bytea(help_text="SHA-256 of the secret, unique", secret=True)
    kind = Varchar(length=8, help_text="browser, token")
    name = Varchar(length=80, default="")
    created = Timestamptz(default=TimestamptzNow())
    expires = Timestamptz()


class RateLimit(Table):
    """How often a key (an action by an address or account) was used in its window."""

    key = Varchar(length=200, primary_key=True)
    used = Integer(default=1)
    resets = Timestamptz()


class Campaign(Table):
    """One call for ideas."""

    id = BigSerial(primary_key=True)
    slug = Varchar(length=60, unique=True)
    title = JSONB()
    summary = JSONB(default="{}")
    lang = Varchar(length=5, default="ru", help_text="language of its ideas: ru, en, es, …, mixed")
    words = JSONB(default="{}", help_text="the organiser's own thesaurus: {concept: {ru: [..], en: [..]}}")
    created = Timestamptz(default=TimestamptzNow())


class Stage(Table):
    """A dated round of a campaign that says what is open."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    title = JSONB()
    summary = JSONB(default="{}")
    opens = Timestamptz()
    closes = Timestamptz()
    submit = Boolean(default=False)
    comment = Boolean(default=False)
    vote = Boolean(default=False)


class Principle(Table):
    """One of the principles that ideas are tagged with."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    slug = Varchar(length=60)
    name = JSONB()
    description = JSONB(default="{}")
    keywords = JSONB(default="[]")
    position = SmallInt(default=0)


class District(Table):
    """A district of the city, in one of its okrugs."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    slug = Varchar(length=60)
    name = JSONB()
    area = JSONB(default="{}", help_text="the okrug it lies in")
    population = Integer(null=True, default=None)


class Office(Table):
    """A public service centre."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    district = reference(District, null=True)
    slug = Varchar(length=60)
    name = JSONB()


class Theme(Table):
    """A wider topic that holds clusters."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    name = Varchar(length=200)
    keywords = JSONB(default="[]")
    pinned = Boolean(default=False, help_text="named by a person: no run renames it")
    created = Timestamptz(default=TimestamptzNow())
    retired = Timestamptz(null=True, default=None)


class Cluster(Table):
    """Ideas that say the same. Its id is for life; a merged or emptied one is retired, never deleted."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    theme = reference(Theme, null=True)
    name = Varchar(length=200)
    keywords = JSONB(default="[]")
    pinned = Boolean(default=False, help_text="named by a person: no run renames it")
    typical = BigInt(null=True, default=None, help_text="the most typical idea")
    state = Varchar(length=12, default="open", help_text="open, accepted, declined, forwarded")
    size = Integer(default=0)
    supporters = Integer(default=0, help_text="distinct people behind its members")
    cohesion = Real(default=0.0, help_text="mean similarity to the typical idea, 0..1")
    created = Timestamptz(default=TimestamptzNow())
    changed = Timestamptz(default=TimestamptzNow())
    retired = Timestamptz(null=True, default=None)
    merged_into = BigInt(null=True, default=None)


class Idea(Table):
    """A citizen's proposal. `votes` and `votes_against` count rows of `vote`; imported counts stand apart."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign)
    author = reference(Account)
    title = Varchar(length=120)
    text = Text()
    lang = Varchar(length=5, default="ru")
    office = reference(Office, null=True)
    district = reference(District, null=True)
    status = Varchar(
        length=12, default="submitted", help_text="submitted, study, accepted, declined, standard, done"
    )
    votes = Integer(default=0)
    votes_against = Integer(default=0)
    imported_votes = Integer(default=0)
    imported_against = Integer(default=0)
    comments = Integer(default=0)
    impressions = BigInt(default=0, help_text="how often it stood in a list or was opened")
    eyes = DoublePrecision(default=0.0, help_text="how many of these looked at it, by its place in the list")
    fair = Real(default=0.0, help_text="order of the fair list: few eyes first, chance among equals")
    cluster = reference(Cluster, null=True)
    theme = reference(Theme, null=True)
    similarity = Real(null=True, default=None, help_text="to the cluster's typical idea, 0..1")
    tagged = Varchar(length=10, null=True, default=None, help_text="model, moderator; nothing: not yet")
    unsure = Boolean(default=False, help_text="the model abstained, which is not the same as no principle")
    source = Varchar(
        length=200, null=True, default=None, help_text="its key in the file it was imported from"
    )
    created = Timestamptz(default=TimestamptzNow())
    edited = Timestamptz(null=True, default=None)
    hidden = Timestamptz(null=True, default=None)
    hidden_by = Varchar(length=10, null=True, default=None, help_text="moderator, block (of its author)")
    submission = Varchar(
        length=32,
        null=True,
        default=None,
        help_text="key of the form it was sent with: sent twice is one idea",
    )


class Addition(Table):
    """What its author added to an idea after others had voted for it; at most five."""

    id = BigSerial(primary_key=True)
    idea = reference(Idea, on_delete=OnDelete.cascade)
    number = SmallInt(help_text="1 to 5")
    text = Text()
    created = Timestamptz(default=TimestamptzNow())


class Draft(Table):
    """An idea that is being written: one for a person and campaign, or parked by somebody who has yet to sign in."""

    id = BigSerial(primary_key=True)
    account = reference(Account, null=True, on_delete=OnDelete.cascade)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    key = Varchar(length=32, help_text="becomes the idea's `submission`")
    title = Text(default="")
    text = Text(default="")
    rest = Text(default="", help_text="the second of two ideas that were written as one")
    office = Varchar(length=60, default="")
    parked = Bytea(null=True, default=None, help_text="SHA-256 of the secret that gives it back", secret=True)
    saved = Timestamptz(default=TimestamptzNow())


class Photo(Table):
    """A picture of an idea, or of its draft: WebP without metadata, at most 1600 px, and a small one of it."""

    id = BigSerial(primary_key=True)
    idea = reference(Idea, null=True, on_delete=OnDelete.cascade)
    draft = reference(Draft, null=True, on_delete=OnDelete.cascade)
    place = SmallInt(help_text="1 to 3")
    alt = Varchar(length=200, default="")
    hash = Varchar(length=16, help_text="of the large picture; part of its address")
    width = SmallInt()
    height = SmallInt()
    content = Bytea()
    small = Bytea()
    created = Timestamptz(default=TimestamptzNow())


class Choice(Table):
    """A person's answer to "does this idea say the same as yours?"; `idea` is empty where none was published."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    idea = reference(Idea, null=True, on_delete=OnDelete.cascade)
    other = reference(Idea, on_delete=OnDelete.cascade)
    account = reference(Account, on_delete=OnDelete.cascade)
    answer = Varchar(length=9, help_text="same, different")
    created = Timestamptz(default=TimestamptzNow())


class Embedding(Table):
    """An idea's vector under one version of the encoder."""

    id = BigSerial(primary_key=True)
    idea = reference(Idea, on_delete=OnDelete.cascade)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    version = Varchar(length=60)
    vector = Vector()


class Vote(Table):
    """One person's support of one idea (or, in imported data, the opposite)."""

    id = BigSerial(primary_key=True)
    idea = reference(Idea, on_delete=OnDelete.cascade)
    account = reference(Account, on_delete=OnDelete.cascade)
    value = SmallInt(default=1, help_text="1 for, -1 against")
    created = Timestamptz(default=TimestamptzNow())


class Comment(Table):
    """A remark on an idea that takes a side or asks."""

    id = BigSerial(primary_key=True)
    idea = reference(Idea, on_delete=OnDelete.cascade)
    author = reference(Account)
    side = Varchar(length=8, help_text="for, against, question")
    text = Text()
    created = Timestamptz(default=TimestamptzNow())
    hidden = Timestamptz(null=True, default=None)
    hidden_by = Varchar(length=10, null=True, default=None, help_text="moderator, block (of its author)")


class Tag(Table):
    """A principle of an idea, with who gave it and how sure."""

    id = BigSerial(primary_key=True)
    idea = reference(Idea, on_delete=OnDelete.cascade)
    principle = reference(Principle, on_delete=OnDelete.cascade)
    source = Varchar(length=10, help_text="model, moderator")
    account = reference(Account, null=True)
    probability = Real(default=1.0)
    because = JSONB(default="[]", help_text="the words that decided")
    version = Varchar(length=60, default="")
    created = Timestamptz(default=TimestamptzNow())


class Link(Table):
    """A person's word that two ideas belong together or apart: no run breaks it. `first` < `second`."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    first = reference(Idea, on_delete=OnDelete.cascade)
    second = reference(Idea, on_delete=OnDelete.cascade)
    kind = Varchar(length=6, help_text="must, cannot")
    account = reference(Account, null=True)
    created = Timestamptz(default=TimestamptzNow())


class Decision(Table):
    """A moderator's ruling on one or many ideas."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign)
    cluster = reference(Cluster, null=True)
    verdict = Varchar(length=8, help_text="accept, decline, forward")
    reason = Text()
    letter = Text(default="")
    moderator = reference(Account)
    created = Timestamptz(default=TimestamptzNow())
    undone = Timestamptz(null=True, default=None)
    undone_by = reference(Account, null=True)
    cluster_state = Varchar(length=12, default="open", help_text="the cluster's state before")


class Ruling(Table):
    """One idea's part in a decision, with the status that undoing gives back."""

    id = BigSerial(primary_key=True)
    decision = reference(Decision, on_delete=OnDelete.cascade)
    idea = reference(Idea, on_delete=OnDelete.cascade)
    status = Varchar(length=12, help_text="the idea's status before")


class Letter(Table):
    """An e-mail on its way out. Without a mail server it is kept for the mailbox page instead."""

    id = BigSerial(primary_key=True)
    account = reference(Account, on_delete=OnDelete.cascade)
    address = Varchar(length=254)
    kind = Varchar(length=12, help_text="a notice's kind, digest, confirm")
    lang = Varchar(length=2)
    subject = Varchar(length=300)
    text = Text()
    html = Text()
    state = Varchar(length=8, default="waiting", help_text="waiting, sent, failed, kept")
    tries = SmallInt(default=0)
    error = Varchar(length=300, default="")
    due = Timestamptz(default=TimestamptzNow(), help_text="not to be tried before")
    created = Timestamptz(default=TimestamptzNow())
    sent = Timestamptz(null=True, default=None)


class Notice(Table):
    """What a person is told, in the page and, as they wish, by letter."""

    id = BigSerial(primary_key=True)
    account = reference(Account, on_delete=OnDelete.cascade)
    idea = reference(Idea, null=True, on_delete=OnDelete.cascade)
    kind = Varchar(length=20, help_text="decision, undone, comment, clustered, status, clause")
    event = Varchar(
        length=60,
        null=True,
        default=None,
        help_text="decision:7, comment:12, …: each is told once to a person",
    )
    data = JSONB(default="{}")
    created = Timestamptz(default=TimestamptzNow())
    read = Timestamptz(null=True, default=None)
    due = Timestamptz(
        null=True,
        default=TimestamptzNow(),
        help_text="when a letter about it is to be thought of; nothing: settled",
    )
    letter = reference(Letter, null=True, on_delete=OnDelete.set_null)


class Follow(Table):
    """A person wants to hear of an idea."""

    id = BigSerial(primary_key=True)
    idea = reference(Idea, on_delete=OnDelete.cascade)
    account = reference(Account, on_delete=OnDelete.cascade)
    created = Timestamptz(default=TimestamptzNow())


class Preference(Table):
    """How a person wants letters; without a row: at once, of every kind."""

    id = BigSerial(primary_key=True)
    account = ForeignKey(Account, null=False, default=None, on_delete=OnDelete.cascade, unique=True)
    often = Varchar(length=6, default="now", help_text="now, daily, weekly, never")
    without = JSONB(default="[]", help_text="kinds of notices that no letter tells")


class Report(Table):
    """A person's word that an idea or a comment breaks the rules. A moderator looks; no number of them hides."""

    id = BigSerial(primary_key=True)
    idea = reference(Idea, on_delete=OnDelete.cascade)
    comment = reference(Comment, null=True, on_delete=OnDelete.cascade)
    account = reference(Account)
    reason = Varchar(length=10, help_text="insult, personal, spam, offtopic, other")
    text = Text(default="")
    created = Timestamptz(default=TimestamptzNow())
    closed = Timestamptz(null=True, default=None)
    closed_by = reference(Account, null=True)
    outcome = Varchar(length=8, null=True, default=None, help_text="hidden, kept")


class Ledger(Table):
    """The append-only record of votes and decisions that anybody can recount."""

    id = BigSerial(primary_key=True)
    idea = reference(Idea)
    kind = Varchar(
        length=12, help_text="submit, edit, vote, withdraw, comment, cluster, tag, decide, undo, …"
    )
    account = reference(Account, null=True)
    data = JSONB(default="{}")
    created = Timestamptz(default=TimestamptzNow())


class ClusterEvent(Table):
    """What happened to a cluster, back to its first idea."""

    id = BigSerial(primary_key=True)
    cluster = reference(Cluster, on_delete=OnDelete.cascade)
    kind = Varchar(length=12, help_text="new, grew, shrank, merge, split, joined, gone, decide, undo, rename")
    account = reference(Account, null=True)
    data = JSONB(default="{}")
    created = Timestamptz(default=TimestamptzNow())


class Model(Table):
    """A version of a campaign's encoder or tagger."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    kind = Varchar(length=10, help_text="encoder, tagger")
    version = Varchar(length=60)
    data = Bytea()
    report = JSONB(default="{}")
    active = Boolean(default=True)
    created = Timestamptz(default=TimestamptzNow())


class Claim(Table):
    """A moderator has a cluster in hand until the lease runs out; the cluster is the key, so one at a time."""

    id = BigSerial(primary_key=True)
    cluster = reference(Cluster, on_delete=OnDelete.cascade)
    account = reference(Account, on_delete=OnDelete.cascade)
    taken = Timestamptz(default=TimestamptzNow())
    until = Timestamptz(help_text="the lease's end, put off by whatever its holder does")


class Closing(Table):
    """A cluster that a decision over a selection has answered whole; other decisions name theirs themselves."""

    id = BigSerial(primary_key=True)
    decision = reference(Decision, on_delete=OnDelete.cascade)
    cluster = reference(Cluster, on_delete=OnDelete.cascade)
    state = Varchar(length=12, help_text="the cluster's state before")
    undone = Timestamptz(null=True, default=None)


class Bulk(Table):
    """A decision over a selection of ideas, written by a job row by row."""

    id = BigSerial(primary_key=True)
    decision = ForeignKey(Decision, null=False, default=None, on_delete=OnDelete.cascade, unique=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    filters = JSONB(default="{}", help_text="what the ideas were selected by")
    created = Timestamptz(default=TimestamptzNow())
    finished = Timestamptz(null=True, default=None)


class BulkRow(Table):
    """One idea of a selection and what became of it."""

    id = BigSerial(primary_key=True)
    bulk = reference(Bulk, on_delete=OnDelete.cascade)
    idea = reference(Idea, on_delete=OnDelete.cascade)
    state = Varchar(length=8, default="waiting", help_text="waiting, done, failed")
    why = Varchar(length=10, default="", help_text="of a failed one: claimed, answered, hidden")
    who = reference(Account, null=True)


class Proposal(Table):
    """What a run would do to a decided cluster, were it allowed to: a person accepts it or keeps what is."""

    id = BigSerial(primary_key=True)
    campaign = reference(Campaign, on_delete=OnDelete.cascade)
    decided = reference(Cluster, on_delete=OnDelete.cascade)
    cluster = reference(Cluster, null=True, on_delete=OnDelete.cascade)
    idea = reference(Idea, on_delete=OnDelete.cascade)
    similarity = Real(default=0.0)
    state = Varchar(length=8, default="waiting", help_text="waiting, accepted, kept")
    account = reference(Account, null=True)
    created = Timestamptz(default=TimestamptzNow())
    answered = Timestamptz(null=True, default=None)


class Audit(Table):
    """What moderators, planners and organisers did. Append-only; each row holds the hash of the one before."""

    id = BigSerial(primary_key=True)
    chain = BigInt(help_text="the campaign, 0 for what is about none")
    account = reference(Account, null=True)
    kind = Varchar(length=20)
    subject = Varchar(length=60, help_text="cluster:7, idea:12, account:3, …")
    data = JSONB(default="{}", help_text="from what to what")
    created = Timestamptz(default=TimestamptzNow())
    previous = Bytea()
    hash = Bytea(help_text="SHA-256 of the previous hash and this row's canonical text")


class Seal(Table):
    """The hash of a stretch of the ledger, chained to the one before. Made by a job, so that no vote waits for it."""

    id = BigSerial(primary_key=True)
    upto = BigInt(help_text="the last ledger number of the stretch")
    horizon = BigInt(help_text="transactions before this one had ended when the stretch was read")
    rows = Integer(default=0)
    hash = Bytea(null=True, default=None, help_text="nothing: some of its rows may still be on their way")
    created = Timestamptz(default=TimestamptzNow())
