"""The listener: opens the port, keeps count of its sessions, and closes without losing any mail."""

import asyncio
import os
import ssl
from collections.abc import Awaitable, Callable

from loftbox_cli.core.arrival import Arrival
from loftbox_cli.core.door_counts import DoorCounts
from loftbox_cli.core.errors import BadConfiguration
from loftbox_cli.core.ids import RequestId
from loftbox_cli.core.octet_budget import OctetBudget
from loftbox_cli.core.peer_limits import PeerLimits
from loftbox_cli.edge.smtp_in.connection import Connection
from loftbox_cli.edge.smtp_in.session import Saving, Session
from loftbox_cli.edge.smtp_in.terms import MAX_SIZE, USUAL, Limits, Terms
from loftbox_cli.services.ports import Clock

_BACKLOG = 1024  # connections that the system holds for us while we are busy
_LAST_WORD = 1.0  # seconds for peers to hear that we close


class SmtpDoor:
    """One address and port at which mail comes in (RFC 5321).

    `check_recipient` is asked for every RCPT with `local@domain`, or `postmaster`
    without a domain, and raises what `replies.py` turns into words. `accept`
    returns when the message is durable: only then is 250 said. It answers the request
    under which the message is kept: an earlier one when the same mail was taken before.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        hostname: str,
        check_recipient: Callable[[str], None],
        accept: Callable[[Arrival], Awaitable[RequestId]],
        new_request_id: Callable[[], RequestId],
        clock: Clock,
        tls: ssl.SSLContext | None,
        max_size: int = MAX_SIZE,
        limits: Limits = USUAL,
        counts: DoorCounts | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self._terms = Terms(
            hostname=hostname,
            check_recipient=check_recipient,
            accept=accept,
            new_request_id=new_request_id,
            clock=clock,
            tls=None if tls is None else _hardened(tls),
            max_size=max_size,
            limits=limits,
            counts=counts or DoorCounts(),
            peers=PeerLimits(limits.peer, limits.exempt),
            budget=OctetBudget(limits.held_octets),
        )
        self._server: asyncio.Server | None = None
        self._sessions: set[Connection] = set()
        self._saving: set[Saving] = set()

    @property
    def sessions(self) -> int:
        """How many peers are connected."""
        return len(self._sessions)

    async def open(self) -> None:
        """Listen; afterwards `port` is the real one. Raises BadConfiguration when the port cannot be had."""
        loop = asyncio.get_running_loop()
        try:
            # The backlog must be said here: with a ready socket asyncio would set it to 100.
            self._server = await loop.create_server(self._session, self.host, self.port, backlog=_BACKLOG)
        except OSError as error:
            where = f"{self.host or 'every address'} port {self.port}"
            raise BadConfiguration(
                f"cannot listen for SMTP on {where}: {os.strerror(error.errno or 0)}",
                fix="stop the program that has the port, name another one, or allow low ports to loftbox",
            ) from error
        self.port = self._server.sockets[0].getsockname()[1]

    def stop_accepting(self) -> None:
        """Take no more connections; those that are open go on."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def close(self, grace: float) -> None:
        """End all sessions: those before DATA at once, the others when their message is answered.

        After `grace` seconds the rest is cut off. A message that is being saved then
        is saved still, but not answered, so the sender brings it again.
        """
        self.stop_accepting()
        for session in tuple(self._sessions):
            session.leave()
        under_way = {session.over for session in self._sessions} | self._saving
        if under_way and grace > 0:
            await asyncio.wait(under_way, timeout=grace)
        for session in tuple(self._sessions):
            session.cut()
        await self._see_off(_LAST_WORD)
        for session in tuple(self._sessions):
            session.abort()
        await self._see_off(None)

    async def _see_off(self, seconds: float | None) -> None:
        """Wait until the connections are gone; TLS asks the peer for its word, which may never come."""
        if gone := [session.gone for session in self._sessions]:
            await asyncio.wait(gone, timeout=seconds)

    def _session(self) -> Session:
        return Session(self._terms, self._sessions, self._saving)


def _hardened(context: ssl.SSLContext) -> ssl.SSLContext:
    """Hold any certificate's context to what a door needs; the caller may reload its files later."""
    context.minimum_version = max(context.minimum_version, ssl.TLSVersion.TLSv1_2)  # RFC 8996
    # A large sender's client resumes with our tickets and then breaks off.
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION
    context.num_tickets = 0
    return context
