"""The product's server with two more routes, "hello" by GET and POST: what the server itself costs."""

from __future__ import annotations

import os
import sys

import uvicorn
from litestar import get, post

from ideas.account.guards import anyone
from ideas.app import create_app


@get("/api/hello", guards=[anyone], sync_to_thread=False)
def hello() -> dict[str, str]:
    """The least that this server can answer."""
    return {"hello": "world"}


@post("/api/hello", guards=[anyone], sync_to_thread=False)
def hello_post() -> dict[str, str]:
    """The same for a POST."""
    return {"hello": "world"}


def main() -> None:
    """Serve on the port given as the only argument, as `ideas run` does, in this one process."""
    uvicorn.run(
        create_app(handlers=[hello, hello_post]),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        log_level="warning",
        backlog=2048,
    )


if __name__ == "__main__":
    os.environ.setdefault("RATE_LIMITS", "off")
    main()
