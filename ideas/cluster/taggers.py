"""A campaign's tagger: loaded, taught with moderators' words, asked."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

from ideas import database
from ideas.campaign import queries as campaigns
from ideas.cluster import members, models
from ideas.cluster.encoders import keep
from ideas.cluster.models import Tagged
from ideas.cluster.threads import in_thread

if TYPE_CHECKING:
    from ml import Tagger

LESSON = 10
"""So many new words of moderators make a new version of the tagger."""
DOUBT = 0.2
"""A probability that near to its threshold is a doubt, which a moderator's word would settle."""

_taggers: dict[str, Any] = {}


def _describe(campaign: Any) -> list[Any]:
    """A campaign's principles as the tagger reads them, in every language that they are written in."""
    from ml import Principle

    def text(texts: dict[str, str]) -> str:
        return ". ".join(dict.fromkeys(t for t in texts.values() if t))

    return [
        Principle(p.slug, text(p.name), text(p.description), tuple(p.keywords)) for p in campaign.principles
    ]


def know_topics(where: campaigns.Campaign) -> bool:
    """Whether ideas that the tagger is sure to serve no principle are off topic: small talk, tests of the form.

    It knows what offices do from the built-in standard alone; with other principles "none" says less.
    """
    from ml.prototype import of_the_standard

    return of_the_standard(p.slug for p in where.principles)


async def tagger_of(campaign: int) -> tuple[Tagger, bool]:
    """The active tagger, and whether it is newer than what ideas are tagged with.

    The first one knows the descriptions alone; other principles, or enough new words of moderators, make a new one,
    unless a person put an earlier version back.
    """
    where = await campaigns.campaign_by_id(campaign)
    stored = await models.active(campaign, "tagger")
    principles = _describe(where)
    digest = hashlib.blake2b(repr((where.lang, principles)).encode(), digest_size=8).hexdigest()
    lessons = await models.taught(campaign)
    last = stored.report.get("lessons", 0) if stored else 0
    fresh = stored and stored.report.get("principles") == digest and abs(len(lessons) - last) < LESSON
    if stored and (fresh or stored.pinned):
        return await _loaded(stored), not stored.report.get("applied", False)
    tagger, figures = await in_thread(_teach, principles, where.lang, lessons)
    report = {"principles": digest, "lessons": len(lessons), "figures": figures, "applied": False}
    async with database.transaction():
        await members.lock(campaign)
        now = await models.active(campaign, "tagger")
        # Somebody put another version back while this one was learning.
        pinned = now if now and now.pinned else None
        if pinned is None:
            await models.activate(campaign, "tagger", tagger.version, tagger.to_bytes(), report)
    if pinned is not None:
        return await _loaded(pinned), not pinned.report.get("applied", False)
    keep(_taggers, tagger.version, tagger)
    return tagger, True


async def _loaded(stored: models.Stored) -> Tagger:
    """A stored version, remembered by this process."""
    if stored.version not in _taggers:
        from ml import Tagger

        content = await models.data(stored.id)
        assert content is not None
        keep(_taggers, stored.version, await in_thread(Tagger.from_bytes, content))
    return _taggers[stored.version]


def _teach(principles: list[Any], lang: str, lessons: list[tuple[str, list[str]]]) -> tuple[Tagger, Any]:
    from ml import Tagger

    tagger = Tagger(principles, lang)
    known = {p.slug for p in principles}
    if not lessons:
        return tagger, None
    tagger = tagger.learn(
        [text for text, _ in lessons], [[s for s in slugs if s in known] for _, slugs in lessons]
    )
    return tagger, msgspec.to_builtins(tagger.report())


def suggest(tagger: Tagger, ideas: list[tuple[int, str]], slugs: dict[str, int]) -> list[Tagged]:
    """What the tagger says of (idea, text); principles that the campaign has no more are left out."""
    said = tagger.suggest([text for _, text in ideas])
    thresholds = dict(zip([p.slug for p in tagger.principles], tagger.thresholds().tolist(), strict=True))
    return [
        Tagged(
            idea,
            [(slugs[s.slug], float(s.probability), list(s.because)) for s in found if s.slug in slugs]
            if found.verdict == "tags"
            else [],
            found.verdict == "unsure",
            _doubt(found, thresholds, slugs),
        )
        for (idea, _), found in zip(ideas, said, strict=True)
    ]


def _doubt(found: Any, thresholds: dict[str, float], slugs: dict[str, int]) -> Any:
    """The suggestion nearest to its threshold, where that is near."""
    near = [(abs(s.probability - thresholds[s.slug]), s) for s in found if s.slug in slugs]
    margin, said = min(near, key=lambda n: n[0], default=(1.0, None))
    if said is None or margin > DOUBT:
        return None
    return slugs[said.slug], float(said.probability), float(margin), list(said.because)
