"""One server process: the web product under uvicorn, on the socket that its parent listens on."""

from __future__ import annotations

import os
import socket

from ideas.settings import Settings


class Line:
    """Our end of the parent's socket pair; without a parent there is nothing to wait for or to say."""

    def __init__(self) -> None:
        number = os.environ.pop("IDEAS_LINE", None)
        self._socket = socket.socket(fileno=int(number)) if number else None

    def wait(self) -> None:
        """Wait for leave to begin; where the parent is gone instead, end."""
        if self._socket and self._socket.recv(1) != b"g":
            raise SystemExit(1)

    def ready(self) -> None:
        """Say that requests are answered."""
        if self._socket:
            self._socket.send(b"r")


def serve(settings: Settings) -> None:
    """Answer requests until SIGTERM; those under way get two seconds to finish."""
    import uvicorn

    line = Line()
    listener = socket.socket(fileno=int(os.environ["IDEAS_LISTENER"]))

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                line.ready()

    from ideas.app import create_app

    line.wait()
    config = uvicorn.Config(
        create_app(settings),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        log_level=settings.log_level if settings.log_level != "info" else "warning",
        timeout_graceful_shutdown=2,
        backlog=2048,
    )
    Server(config).run(sockets=[listener])
