"""A connection that may not be slow: one minute for a request to be all there, 64 KiB for its head.

uvicorn waits for a request as long as its sender likes, and keeps as much of its
head as comes; some senders would like to keep all of our connections busy.
"""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

RECEIVE_WITHIN = 60.0  # seconds, from the first octet to the last
LARGEST_HEAD = 64 * 1024

_TOO_LATE = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class DeadlineProtocol(HttpToolsProtocol):
    """HTTP/1.1 by httptools, with an end to patience."""

    receive_within = RECEIVE_WITHIN

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline: asyncio.TimerHandle | None = None
        self._head = 0  # octets of the head so far; -1 when it is complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Start the clock: who connects and says nothing is slow too."""
        super().connection_made(transport)
        self._start_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what belongs to a head."""
        if self._head >= 0:
            self._head += len(data)
        super().data_received(data)
        if self._head > LARGEST_HEAD:
            self._give_up(_TOO_LARGE)

    def on_message_begin(self) -> None:
        """A request begins: it has its own minute."""
        self._head = max(self._head, 0)
        self._start_clock()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._head = -1
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is there."""
        self._head = 0
        self._stop_clock()
        super().on_message_complete()

    def _start_clock(self) -> None:
        self._stop_clock()
        self._deadline = self.loop.call_later(self.receive_within, self._give_up, _TOO_LATE)

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self, words: bytes) -> None:
        if self.transport.is_closing():
            return
        if not self._is_answering():
            self.transport.write(words)
        self.transport.close()

    def _is_answering(self) -> bool:
        """Whether words of ours would stand in the middle of an answer, or come after it."""
        cycle = cast("RequestResponseCycle | None", self.cycle)  # None before the first head is there
        if self._head >= 0:  # the cycle is that of the request before
            return cycle is not None and not cycle.response_complete
        return cycle is not None and cycle.response_started
