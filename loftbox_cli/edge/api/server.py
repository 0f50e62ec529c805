"""The listener: uvicorn, embedded in our own loop, without its signals, logs and waiting."""

import asyncio
import contextlib
import os
import socket
import ssl
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI

from loftbox_cli.core.errors import BadConfiguration
from loftbox_cli.edge.api.deadline import DeadlineProtocol

MOST_CONNECTIONS = 1_000
_BACKLOG = 1024  # connections that the system holds for us while we are busy
_KEEP_ALIVE = 75  # seconds; longer than the minute that proxies keep idle connections


class _Embedded(uvicorn.Server):
    """A server that leaves signals to whoever runs the loop, and says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        self.listening.set()


class ApiServer:
    """One address and port at which the API answers."""

    def __init__(self, app: FastAPI, *, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        self.host = host
        self.port = port
        self._app = app
        self._tls = tls
        self._server: _Embedded | None = None
        self._serving: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Listen; afterwards `port` is the real one. Raises BadConfiguration when the port cannot be had."""
        listener = self._bound()
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._app,
            http=DeadlineProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=MOST_CONNECTIONS,
            backlog=_BACKLOG,
            timeout_keep_alive=_KEEP_ALIVE,
        )
        config.load()
        config.ssl = self._tls
        self._server = _Embedded(config)
        self._serving = asyncio.create_task(self._server.serve([listener]), name="api")
        listening = asyncio.create_task(self._server.listening.wait())
        await asyncio.wait((self._serving, listening), return_when=asyncio.FIRST_COMPLETED)
        listening.cancel()
        if self._serving.done():
            self._serving.result()

    async def close(self, grace: float) -> None:
        """Take no more requests, and let those under way finish within `grace` seconds."""
        if self._server is None or self._serving is None:
            return
        # Who waits for events is sent home; they come again.
        self._app.state.closing.set()
        self._server.config.timeout_graceful_shutdown = max(1, round(grace))
        self._server.should_exit = True
        await self._serving

    def _bound(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        try:
            return socket.create_server((self.host, self.port), family=family, backlog=_BACKLOG)
        except OSError as error:
            where = f"{self.host or 'every address'} port {self.port}"
            raise BadConfiguration(
                f"cannot listen for HTTP on {where}: {os.strerror(error.errno or 0)}",
                fix="stop the program that has the port, or name another one in [http] port",
            ) from error
