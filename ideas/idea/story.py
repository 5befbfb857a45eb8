"""An idea's page in words: its way from submission to being carried out, and what each part is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ideas.account.rules import Person
from ideas.campaign.rules import Campaign
from ideas.errors import Message, message
from ideas.idea import rules
from ideas.idea.cards import is_open_now, names
from ideas.idea.detail import Detail

# How far along each status is; a declined idea's way ends with its reason.
_REACHED = {"submitted": 0, "study": 2, "accepted": 3, "declined": 3, "standard": 4, "done": 5}
# A verdict as the macro `status_badge` calls it.
_VERDICTS = {"accept": "accepted", "decline": "declined", "forward": "forwarded"}


def steps(idea: Detail) -> list[tuple[Message, str, Any, Message | str | None, str | None]]:
    """(label, state done/current/todo, moment or None, note or None, link or None) from submission on."""
    reached = _REACHED[idea.status]
    in_group = idea.cluster is not None and idea.cluster.size > 1
    if reached == 0 and in_group:
        reached = 1
    when = {_REACHED[e.status]: e.created for e in idea.history if e.status in _REACHED and e.kind != "undo"}
    notes = {
        _REACHED[e.status]: e.reason for e in idea.history if e.kind == "status" and e.status in _REACHED
    }
    decision = idea.decision if idea.decision and idea.decision.verdict != "forward" else None
    last = message("Declined") if idea.status == "declined" else message("Accepted")
    labels = [
        message("Submitted"),
        message("In a group"),
        message("Under study"),
        last if reached >= 3 else message("Decision"),
        message("In the standard"),
        message("Carried out"),
    ]
    told = []
    for n, label in enumerate(labels):
        # What the idea has passed by was no step of its way.
        passed = (n == 1 and not in_group and reached > 1) or (n in (2, 4) and n < reached and n not in when)
        if passed or (n > 3 and idea.status == "declined"):
            continue
        state = "current" if n == reached else "done" if n < reached else "todo"
        moment, note, href = when.get(n), None, None
        if n == 0:
            moment = idea.created
        elif n == 1 and in_group and idea.cluster:
            href = f"/clusters/{idea.cluster.id}"
        elif n == 3 and decision:
            moment, note = decision.created, decision.reason
        elif n == 3 and idea.decision is None and idea.history and idea.history[-1].kind == "undo":
            note = _WITHDRAWN
        elif n > 3 and n <= reached:
            note = notes.get(n)
        if n == 4 and idea.cited:
            href = f"/campaigns/{idea.campaign}/standard#clause-{idea.cited[0].clause}"
        elif n == 5 and idea.promise:
            href = f"/commitments/{idea.promise.id}"
        told.append((label, state, moment if n <= reached else None, note, href))
    return _with_appeal(told, idea, labels[3])


def _with_appeal(told: list[Any], idea: Detail, decision: Message) -> list[Any]:
    """The steps with the author's appeal in its place: after the decline, or before the decision that it led to."""
    appeal = idea.appeal
    if appeal is None or (appeal.state == "waiting" and not _appealed(idea)):
        return told
    now = next((n for n, step in enumerate(told) if step[1] == "current"), len(told))
    place = min(now, next((n for n, step in enumerate(told) if step[0] == decision), now))
    note = _APPEALED if appeal.state == "waiting" else appeal.reason
    moment = appeal.answered or appeal.created
    if appeal.state == "overturned":
        return [*told[:place], (message("Appeal upheld"), "done", moment, note, None), *told[place:]]
    label = message("Appeal") if appeal.state == "waiting" else message("Appeal: the decline stands")
    if not _appealed(idea):
        return [*told[:place], (label, "done", moment, note, None), *told[place:]]
    before = [(step[0], "done", *step[2:]) for step in told]
    return [*before, (label, "current", moment, note, None)]


def _appealed(idea: Detail) -> bool:
    """Whether the decision that stands is the one that the author appealed against."""
    return bool(idea.appeal and idea.decision and idea.decision.id == idea.appeal.decision)


_APPEALED = message("The author has appealed. A moderator who did not decide will answer.")


_WITHDRAWN = message("An earlier decision was withdrawn; it will be looked at again.")


def remains(idea: Detail) -> Message:
    """What is still to come on an idea's way, for everybody who waits."""
    if idea.status == "submitted" and idea.cluster is not None and idea.cluster.size > 1:
        return message("Still to come: a moderator decides on the whole group at once, and says why.")
    if idea.appeal is not None and idea.appeal.state == "waiting" and _appealed(idea):
        return message("Still to come: the answer to the author's appeal.")
    return {
        "submitted": message("Still to come: a moderator reads it, and says what becomes of it and why."),
        "study": message("Still to come: experts look into it, then a decision with its reason."),
        "accepted": message("Still to come: its place in the standard, and carrying it out."),
        "declined": message("Its way ends here. The reason stands above."),
        "standard": message("Still to come: carrying it out."),
        "done": message("Nothing remains: it is carried out."),
    }[idea.status]


def may_add(idea: Detail, campaign: Campaign) -> bool:
    """Whether the idea's author may add to it now: up to five times while ideas or comments are taken."""
    running = is_open_now(campaign, "submit") or is_open_now(campaign, "comment")
    return running and len(idea.additions) < rules.ADDITIONS


def detail_context(
    idea: Detail, campaign: Campaign, person: Person | None, lang: str, say: Callable[[Message], str]
) -> dict[str, Any]:
    """What the template `idea/detail.html` shows besides comments."""
    words = names(campaign, lang)
    mine = person is not None and person.id == idea.author_id
    vote_open = is_open_now(campaign, "vote")
    why_closed = None
    if not vote_open:
        why_closed = say(message("Voting is closed in this stage of the campaign."))
    elif mine:
        why_closed = say(message("This is your idea: it has your support already."))
    decision = idea.decision
    box = idea.cluster
    return {
        "idea": {
            "id": idea.id, "title": idea.title, "text": idea.text, "author": idea.author, "created": idea.created,
            "votes": idea.votes, "voted": idea.voted, "followed": idea.followed, "status": idea.status, "mine": mine,
            "office": words.office.get(idea.office or ""), "district": words.district.get(idea.district or ""),
        },
        "tags": [
            {**words.principle[t.slug], "by": t.by, "sure": t.sure, "because": t.because}
            for t in idea.tags
            if t.slug in words.principle
        ],
        "unsure": idea.unsure,
        "tagged": idea.tagged,
        "cluster": {
            "id": box.id, "label": box.name, "size": box.size, "supporters": box.supporters, "members": box.members,
        } if box else None,
        "steps": [
            {"label": say(label), "state": state, "date": moment, "href": href,
             "note": say(note) if isinstance(note, Message) else note}
            for label, state, moment, note, href in steps(idea)
        ],
        "remains": say(remains(idea)),
        "decision": {
            "verdict": _VERDICTS[decision.verdict], "reason": decision.reason, "date": decision.created,
            "author": decision.moderator, "appeal": idea.appeal if _appealed(idea) else None,
        } if decision else None,
        "promise": idea.promise,
        "cited": idea.cited,
        "standard": f"/campaigns/{campaign.slug}/standard",
        "comment_open": is_open_now(campaign, "comment"),
        "vote_open": vote_open and not mine,
        "why_closed": why_closed,
        "edit_open": idea.editable and is_open_now(campaign, "submit"),
        "add_open": mine and not idea.editable and may_add(idea, campaign),
        "additions": idea.additions,
        "photos": idea.photos,
    }  # fmt: skip
