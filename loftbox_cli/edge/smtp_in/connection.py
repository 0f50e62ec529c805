"""One peer's connection: octets in, replies out, TLS, a deadline, and the ways to end.

aiosmtpd gives the plumbing: streams, the peer, the task that serves. Its verbs and
its reading are not used, because they answer our own faults with 5yz, read DATA line
by line and without a bound, and keep bare line ends.
"""

import asyncio
from math import inf
from typing import cast

from aiosmtpd.smtp import SMTP

from loftbox_cli.core.peer_limits import Entry
from loftbox_cli.edge.smtp_in import replies
from loftbox_cli.edge.smtp_in.terms import Terms
from loftbox_cli.edge.smtp_in.trace import peer_address

DATA_BLOCK = 256 * 1024


class Connection(SMTP):
    """What a session stands on; it is among `open_ones` from its first to its last octet."""

    line_length_limit = DATA_BLOCK // 2  # asyncio stops reading at twice this

    def __dir__(self) -> list[str]:
        # aiosmtpd looks through every new object for verbs and AUTH mechanisms, which costs more
        # than a message. There are none to find: the verbs are the conversation's, AUTH is not offered.
        return []

    def __init__(self, terms: Terms, open_ones: "set[Connection]") -> None:
        self._terms = terms
        super().__init__(
            None,
            hostname=terms.hostname,
            tls_context=terms.tls,
            timeout=terms.limits.command_seconds,
            loop=asyncio.get_running_loop(),
        )
        self._open_ones = open_ones
        self._inbox = bytearray()
        self._outbox: list[str] = []
        self._deadline = 0.0
        self._ends_at = self.loop.time() + terms.limits.session_seconds
        self._busy = False
        self._leaving = False
        self._peer = ""
        self._counted_as = ""  # by the limits of one peer, while it is among their sessions
        self._is_in = False
        self._tls = ""
        self.gone: asyncio.Future[None] = self.loop.create_future()  # done when the connection is

    @property
    def task(self) -> asyncio.Task[None]:
        """The task that ends when the session does; the connection may need the peer's word to close."""
        return cast("asyncio.Task[None]", self._handler_coroutine)

    def leave(self) -> None:
        """End now, or after the message that is under way."""
        self._leaving = True
        if not self._busy:
            self.cut()

    def cut(self) -> None:
        """End now, whatever is under way; a message that is being saved is saved, but not answered."""
        self._close_with(replies.SHUTTING_DOWN)
        self.task.cancel()

    def abort(self) -> None:
        """Close the connection without the peer's consent."""
        if self.transport is not None:
            cast("asyncio.Transport", self.transport).abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to serve."""
        super().connection_made(transport)
        self._peer = peer_address(transport.get_extra_info("peername"))
        self._open_ones.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        """Be counted no more."""
        super().connection_lost(error)
        self._open_ones.discard(self)
        if self._is_in:
            self._is_in = False
            self._terms.peers.leave(self._counted_as)
            self._terms.counts.go()
        if not self.gone.done():
            self.gone.set_result(None)

    def eof_received(self) -> bool:
        """Let a peer that only stopped sending read its replies; TLS cannot be half open."""
        self._reader.feed_eof()
        return not self._tls

    def _come_in(self) -> str:
        """Count the session; the reply to one that is too many, or ""."""
        if len(self._open_ones) > self._terms.limits.sessions:
            return replies.TOO_MANY_SESSIONS
        self._counted_as = self._terms.peers.peer_of(self._peer)
        if self._terms.peers.enter(self._counted_as, self.loop.time()) is not Entry.WELCOME:
            return replies.TOO_MANY_FROM_PEER
        self._is_in = True
        self._terms.counts.come()
        return ""

    def _count_refusal(self, reply: str, domain: str = "") -> None:
        """Count what was not taken, by the reply that it got."""
        reason = replies.reason_for(reply)
        if reason is not None:
            self._terms.counts.refused(self._peer, domain, reason, self._terms.clock.now())

    async def _read(self, size: int) -> bytes:
        """Wait for the peer, having said all that there was to say."""
        await self._flush()
        return await self._reader.read(size)

    def _say(self, reply: str) -> None:
        """Keep a reply until the peer's commands are used up (RFC 2920 section 3.2)."""
        self._outbox.append(f"{reply}\r\n")

    async def _flush(self) -> None:
        if self._outbox:
            self._writer.write("".join(self._outbox).encode())
            self._outbox.clear()
            await self._writer.drain()

    async def _secure(self) -> None:
        """Turn the connection into a secured one (RFC 3207 section 4)."""
        assert self.tls_context is not None  # noqa: S101 - STARTTLS is answered with 220 only then
        await self._flush()
        # What came in plain text is forgotten, or somebody on the way could put commands before the
        # peer's (CVE-2011-0411). Nothing is awaited between this and the pause that start_tls begins with.
        self._inbox.clear()
        self._reader._buffer.clear()  # type: ignore[attr-defined]  # asyncio has no public way; aiosmtpd does so too
        try:
            await self._writer.start_tls(self.tls_context)
        except BaseException as error:
            # asyncio closes the connection, and tells nobody but us.
            self.connection_lost(error if isinstance(error, OSError) else None)
            raise
        self.transport = self._writer.transport
        secured = self.transport.get_extra_info("ssl_object")
        self._tls = f"{secured.version()} {secured.cipher()[0]}"

    def _hang_up(self) -> None:
        """Close once: asyncio's TLS transport forgets at a second close how to be aborted."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.close()

    def _close_with(self, reply: str) -> None:
        """Say a last word and hang up, without waiting for a peer that does not read."""
        transport = cast("asyncio.Transport | None", self.transport)
        if transport is None or transport.is_closing():
            return
        if transport.get_write_buffer_size():
            transport.abort()
            return
        transport.write(f"{reply}\r\n".encode())
        transport.close()

    def _reset_timeout(self, duration: float | None = None) -> None:
        """Set the deadline; the timer is moved only when it would be late, since this runs for every line."""
        self._deadline = min(self.loop.time() + (duration or self._timeout_duration), self._ends_at)
        handle = self._timeout_handle
        if handle is None or handle.when() > self._deadline:
            self._arm()

    def _stop_clock(self) -> None:
        """Wait as long as it takes, until the deadline is set again."""
        self._deadline = inf

    def _timeout_cb(self) -> None:
        now = self.loop.time()
        if now < self._deadline:
            self._arm()
            return
        reply = replies.TOO_SLOW if now < self._ends_at else replies.TOO_LONG_A_SESSION
        if self._busy:
            self._count_refusal(reply)
        self._close_with(reply)

    def _arm(self) -> None:
        if self._timeout_handle is not None:
            self._timeout_handle.cancel()
        at = min(self._deadline, self.loop.time() + self._timeout_duration)
        self._timeout_handle = self.loop.call_at(at, self._timeout_cb)
