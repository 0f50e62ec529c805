"""Sessions that stay open for the next message to the same destination.

A handshake costs more than a message. A session waits for a few seconds only,
because a peer counts our open connections too.
"""

import asyncio
from collections.abc import Coroutine

from loftbox_cli.edge.courier.session import Session

MOST_KEPT = 100


class KeptSessions:
    """Open sessions by destination, each with a timer that ends it."""

    def __init__(self, idle: float) -> None:
        self._idle = idle
        self._waiting: dict[Session, tuple[str, asyncio.TimerHandle]] = {}  # the longest waiting first
        self._leaving: set[asyncio.Task[None]] = set()
        self._closed = False

    def take(self, destination: str) -> Session | None:
        """Give a session to `destination` that is still open, the one used last."""
        for session, (name, _) in reversed(list(self._waiting.items())):
            if name == destination:
                self._forget(session)
                if session.reusable:
                    return session
                session.close()
        return None

    def put(self, destination: str, session: Session) -> None:
        """Keep a session after use, or end it when it cannot be used again."""
        if not session.reusable or self._closed:
            self._end(session)
            return
        if len(self._waiting) >= MOST_KEPT:
            self._expire(next(iter(self._waiting)))
        timer = asyncio.get_running_loop().call_later(self._idle, self._expire, session)
        self._waiting[session] = (destination, timer)

    async def close(self) -> None:
        """End all that wait, and keep none from now on."""
        self._closed = True
        for session in list(self._waiting):
            self._expire(session)
        await asyncio.gather(*self._leaving)

    def _expire(self, session: Session) -> None:
        self._forget(session)
        self._end(session)

    def _forget(self, session: Session) -> None:
        _, timer = self._waiting.pop(session)
        timer.cancel()

    def _end(self, session: Session) -> None:
        if session.in_step:
            self._start(session.leave())
        else:
            session.close()

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)
