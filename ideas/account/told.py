"""What notices say, in one line each: the personal page and letters use the same words."""

from __future__ import annotations

from ideas.errors import Message, message

_LINES: dict[tuple[str, str], Message] = {
    ("accept", "mine"): message("Your idea is accepted."),
    ("accept", "vote"): message("An idea that you support is accepted."),
    ("accept", "follow"): message("An idea that you follow is accepted."),
    ("decline", "mine"): message("Your idea is declined."),
    ("decline", "vote"): message("An idea that you support is declined."),
    ("decline", "follow"): message("An idea that you follow is declined."),
    ("forward", "mine"): message("Your idea is passed on to experts."),
    ("forward", "vote"): message("An idea that you support is passed on to experts."),
    ("forward", "follow"): message("An idea that you follow is passed on to experts."),
    ("undone", "mine"): message("The decision on your idea is withdrawn; it will be looked at again."),
    ("undone", "vote"): message("The decision on an idea that you support is withdrawn."),
    ("undone", "follow"): message("The decision on an idea that you follow is withdrawn."),
    ("comment", "mine"): message("Somebody has commented on your idea."),
    ("comment", "follow"): message("Somebody has commented on an idea that you follow."),
    ("staff", "mine"): message("The team has answered under your idea."),
    ("staff", "follow"): message("The team has answered under an idea that you follow."),
    ("confirmed", "mine"): message("Your appeal was looked at by another moderator: the decline stands."),
    ("overturned", "mine"): message("Your appeal is upheld: the decline of your idea is withdrawn."),
    ("clustered", "mine"): message("Your idea has joined others that say the same."),
    ("clustered", "vote"): message("An idea that you support has joined others that say the same."),
    ("standard", "mine"): message("Your idea is in the standard now."),
    ("standard", "vote"): message("An idea that you support is in the standard now."),
    ("standard", "follow"): message("An idea that you follow is in the standard now."),
    ("done", "mine"): message("Your idea is carried out."),
    ("done", "vote"): message("An idea that you support is carried out."),
    ("done", "follow"): message("An idea that you follow is carried out."),
    ("hidden", "mine"): message(
        "A moderator has hidden your idea: it breaks the rules. It is kept; only you see it."
    ),
    ("shown", "mine"): message("Your idea is visible to everybody again."),
    ("clause", "mine"): message("A clause of the standard cites your idea."),
    ("clause", "vote"): message("A clause of the standard cites an idea that you support."),
    ("clause", "follow"): message("A clause of the standard cites an idea that you follow."),
    ("commitment", "mine"): message("There is news of what was promised about your idea."),
    ("commitment", "vote"): message("There is news of what was promised about an idea that you support."),
    ("commitment", "follow"): message("There is news of what was promised about an idea that you follow."),
    ("export", "mine"): message("The file that you ordered is ready."),
    ("status", "mine"): message("The status of your idea has changed."),
    ("status", "vote"): message("The status of an idea that you support has changed."),
    ("status", "follow"): message("The status of an idea that you follow has changed."),
}


def headline(
    kind: str, why: str | None, *, verdict: str | None = None, status: str | None = None, staff: bool = False
) -> Message:
    """The line of a notice. `why` it is told: mine, vote, follow; notices of old have none and are of one's own."""
    about = {
        "decision": verdict or "",
        "status": status if status in ("standard", "done", "hidden", "shown") else "status",
        "comment": "staff" if staff else "comment",
        "appeal": status or "",
    }.get(kind, kind)
    return _LINES.get((about or "", why or "mine")) or _LINES["status", why or "mine"]
