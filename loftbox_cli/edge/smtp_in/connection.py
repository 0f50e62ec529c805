"""One peer's connection: octets in, replies out, TLS, a deadline, and the ways to end.

A plain asyncio protocol: what comes is obeyed in the call that brings it. The simulated
recipients stand on aiosmtpd, and this door does not: with its task, its two streams and
DATA read line by line, a message of 2 KB took 400 µs and ten senders brought 48 of 1 MB a
second. A plain protocol took a quarter of the time, and 216 of 1 MB.
"""

import asyncio
from abc import ABC, abstractmethod
from math import inf
from typing import cast

from loftbox_cli.core.peer_limits import Entry
from loftbox_cli.core.refusal import Reason
from loftbox_cli.edge.smtp_in import replies
from loftbox_cli.edge.smtp_in.terms import Terms
from loftbox_cli.edge.smtp_in.trace import peer_address

_MOST_UNREAD = 128 * 1024  # octets that are kept while nothing can be obeyed
_GUESSED = (Reason.UNKNOWN_RECIPIENT, Reason.RELAYING_DENIED)
_FAREWELL = 30.0  # seconds in which a slow peer may still read the last words


class Connection(asyncio.Protocol, ABC):
    """What a session stands on; it is among `open_ones` from its first to its last octet."""

    _transport: asyncio.Transport  # from the first octet on

    def __init__(self, terms: Terms, open_ones: "set[Connection]") -> None:
        self._terms = terms
        self._loop = asyncio.get_running_loop()
        self._open_ones = open_ones
        self._inbox = bytearray()
        self._unread = 0  # octets of the inbox that the budget knows of
        self._outbox = bytearray()  # grows in place, however many commands are said at once
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = inf  # the timer
        self._deadline = 0.0
        self._ends_at = self._loop.time() + terms.limits.session_seconds
        self._busy = False  # with a message
        self._waits = False  # for an answer of ours, before which nothing more is obeyed
        self._choked = False  # the peer does not read what was said
        self._paused = False  # we do not read what it says
        self._eof = False  # it has said all that it will
        self._leaving = False
        self._handshake: asyncio.Task[None] | None = None
        self._peer = ""
        self._counted_as = ""  # by the limits of one peer, while it is among their sessions
        self._is_in = False
        self._tls = ""
        self._is_over = False
        self.over: asyncio.Future[None] = self._loop.create_future()  # done when the last word is said
        self.gone: asyncio.Future[None] = self._loop.create_future()  # done when the connection is closed

    @abstractmethod
    def _begin(self) -> None:
        """Greet the peer."""

    @abstractmethod
    def _take_in(self, block: bytes) -> None:
        """Take the next octets, and obey what is complete."""

    @abstractmethod
    def _go_on(self) -> None:
        """Obey what has come, as far as nothing has to be waited for."""

    def leave(self) -> None:
        """End now, or after the message that is under way."""
        self._leaving = True
        if not self._busy:
            self.cut()

    def cut(self) -> None:
        """End now, whatever is under way; a message that is being saved is saved, but not answered."""
        self._close_with(replies.SHUTTING_DOWN)

    def abort(self) -> None:
        """Close the connection without the peer's consent."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to serve."""
        self._transport = cast("asyncio.Transport", transport)
        self._peer = peer_address(transport.get_extra_info("peername"))
        self._open_ones.add(self)
        self._reset_timeout(self._terms.limits.command_seconds)
        self._begin()

    def connection_lost(self, _error: Exception | None) -> None:
        """Be counted no more."""
        self._open_ones.discard(self)
        self._inbox.clear()
        self._weigh_inbox()
        if self._is_in:
            self._is_in = False
            self._terms.peers.leave(self._counted_as)
            self._terms.counts.go()
        self._be_over()
        if self._timer is not None:
            self._timer.cancel()
        if not self.gone.done():
            self.gone.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Obey the peer, or keep what it says until that is possible."""
        if self._is_over:
            return
        if not (self._waits or self._choked):
            self._take_in(data)
            return
        self._inbox += data
        self._weigh_inbox()
        if not self._paused and (len(self._inbox) > _MOST_UNREAD or not self._terms.budget.fits(0)):
            self._paused = True
            self._transport.pause_reading()

    def eof_received(self) -> bool:
        """Let a peer that only stopped sending read its replies; TLS cannot be half open."""
        self._eof = True
        self._go_on()
        return not self._tls

    def pause_writing(self) -> None:
        """Obey nothing more before the peer has read what was said."""
        self._choked = True

    def resume_writing(self) -> None:
        """Go on, in a call of its own: this one comes from within a write."""
        self._choked = False
        self._loop.call_soon(self._go_on)

    @property
    def _stands_still(self) -> bool:
        """Say whether no command can be obeyed just now."""
        return self._waits or self._choked or self._is_over

    def _weigh_inbox(self) -> None:
        """Let the budget know how much lies here until it can be obeyed."""
        unread = len(self._inbox)
        if unread != self._unread:
            self._terms.budget.hold(unread - self._unread)
            self._unread = unread

    def _read_again(self) -> None:
        if self._paused:
            self._paused = False
            self._transport.resume_reading()

    def _come_in(self) -> str:
        """Count the session; the reply to one that is too many, or ""."""
        if len(self._open_ones) > self._terms.limits.sessions:
            return replies.TOO_MANY_SESSIONS
        self._counted_as = self._terms.peers.peer_of(self._peer)
        entry = self._terms.peers.enter(self._counted_as, self._loop.time())
        if entry is Entry.TOO_MANY_GUESSES:
            return replies.TOO_MANY_GUESSES
        if entry is not Entry.WELCOME:
            return replies.TOO_MANY_FROM_PEER
        self._is_in = True
        self._terms.counts.come()
        return ""

    def _count_refusal(self, reply: str, domain: str = "") -> None:
        """Count what was not taken, by the reply that it got."""
        reason = replies.reason_for(reply)
        if reason is not None:
            self._terms.counts.refused(self._peer, domain, reason, self._terms.clock.now())
        if reason in _GUESSED:
            self._terms.peers.guessed(self._counted_as, self._loop.time())

    def _say(self, reply: str) -> None:
        """Keep a reply until the peer's commands are used up (RFC 2920 section 3.2)."""
        self._outbox += f"{reply}\r\n".encode()

    def _flush(self) -> None:
        if self._outbox:
            # The transport may keep what it cannot write at once, so that it is not filled again.
            said, self._outbox = self._outbox, bytearray()
            self._transport.write(said)

    def _secure(self) -> None:
        """Turn the connection into a secured one (RFC 3207 section 4)."""
        self._flush()
        self._waits = True
        self._handshake = self._loop.create_task(self._shake_hands())

    async def _shake_hands(self) -> None:
        assert self._terms.tls is not None  # noqa: S101 - STARTTLS is answered with 220 only then
        # What came in plain text is forgotten, or somebody on the way could put commands before the
        # peer's (CVE-2011-0411). Nothing is awaited between this and the pause that start_tls begins with.
        self._inbox.clear()
        try:
            secured = await self._loop.start_tls(self._transport, self, self._terms.tls, server_side=True)
        except Exception as error:  # noqa: BLE001 - whatever the peer sent, it has no secured connection
            # asyncio closes the connection, and tells nobody but us.
            self.connection_lost(error)
            return
        if secured is None or self._is_over:
            self.connection_lost(None)
            return
        self._transport = secured
        how = secured.get_extra_info("ssl_object")
        self._tls = f"{how.version()} {how.cipher()[0]}"
        self._handshake = None
        # Replies that choked the plain connection were read, or there would be no handshake; the
        # secured one does not tell of it.
        self._waits = self._choked = False
        self._start_over()
        self._go_on()

    @abstractmethod
    def _start_over(self) -> None:
        """Forget what was said before TLS (RFC 3207 section 4.2)."""

    def _be_over(self) -> None:
        if not self._is_over:
            self._is_over = True
            self.over.set_result(None)

    def _end(self) -> None:
        """Say what there is to say, and hang up."""
        if self._is_over:
            return
        self._flush()
        self._hang_up()

    def _close_with(self, reply: str) -> None:
        """Say a last word and hang up, without waiting for a peer that does not read."""
        if self._is_over:
            return
        if self._transport.get_write_buffer_size() or self._handshake is not None:
            self._be_over()
            self._transport.abort()
            return
        self._transport.write(f"{reply}\r\n".encode())
        self._hang_up()

    def _hang_up(self) -> None:
        """Close once: asyncio's TLS transport forgets at a second close how to be aborted."""
        self._be_over()
        self._transport.close()
        # Words that a peer does not read, and a TLS that it does not close, would keep the connection.
        self._deadline = self._loop.time() + _FAREWELL
        self._arm()

    def _reset_timeout(self, allowed: float) -> None:
        """Set the deadline; the timer is moved only when it would be late, since this runs for every line."""
        self._deadline = min(self._loop.time() + allowed, self._ends_at)
        if self._rings_at > self._deadline:
            self._arm()

    def _stop_clock(self) -> None:
        """Wait as long as it takes, until the deadline is set again."""
        self._deadline = inf

    def _time_is_up(self) -> None:
        now = self._loop.time()
        if now < self._deadline:
            self._arm()
        elif self._is_over:
            self.abort()
        else:
            reply = replies.TOO_SLOW if now < self._ends_at else replies.TOO_LONG_A_SESSION
            if self._busy:
                self._count_refusal(reply)
            self._close_with(reply)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._rings_at = min(self._deadline, self._loop.time() + self._terms.limits.command_seconds)
        self._timer = self._loop.call_at(self._rings_at, self._time_is_up)
