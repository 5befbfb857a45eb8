"""Commenting from an idea's page."""

from __future__ import annotations

from litestar import Controller, Request, Response, post
from litestar.params import FromPath

from ideas.account.guards import anyone
from ideas.account.pages import Form, field
from ideas.comment import actions
from ideas.comment.api import limit_comments
from ideas.errors import DomainError, NotFound, NotSignedIn, message
from ideas.idea.pages import detail_page
from ideas.web import clean, redirect


class CommentPages(Controller):
    @post("/ideas/{idea:int}/comments", guards=[anyone], status_code=200)
    async def create(self, request: Request, idea: FromPath[int], data: Form) -> Response:
        """Publish a comment; whatever fails, it comes back in its form."""
        text, side = clean(field(data, "comment"), lines=True), field(data, "side")
        try:
            if request.user is None:
                raise NotSignedIn(
                    message("You are signed out. Sign in in another tab, then come back and send it again.")
                )
            await limit_comments(request)
            await actions.publish(request.user, idea, side, text)
        except NotFound:
            raise
        except DomainError as problem:
            # The form's field is called "comment", because the page has another "text".
            errors = {("comment" if name == "text" else name): said for name, said in problem.errors.items()}
            return await detail_page(
                request, idea, values={"comment": text, "side": side}, problem=problem, errors=errors
            )
        return redirect(request, f"/ideas/{idea}#comments", message("Your comment is published."))
