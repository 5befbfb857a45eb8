"""What makes a comment valid."""

from __future__ import annotations

from ideas.errors import Message, message

SIDES = ("for", "against", "question")
LONGEST = 2000
HOURLY_BY_PERSON = 60
HOURLY_BY_ADDRESS = 300


def check_comment(side: str, text: str) -> dict[str, Message]:
    """What is wrong with a cleaned comment, by field."""
    errors = {}
    if not text:
        errors["text"] = message("Write your comment")
    elif len(text) > LONGEST:
        errors["text"] = message("A comment may have at most %(most)s characters", most=LONGEST)
    if side not in SIDES:
        errors["side"] = message("Say whether you are for, against, or asking")
    return errors
