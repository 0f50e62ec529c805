"""A connected socket to one checked address, or the reason why there is none."""

import asyncio
import errno
import os
import socket
from dataclasses import dataclass

from loftbox_cli.core.report import Reply, Report, Stage
from loftbox_cli.core.smarthost import Login, Security
from loftbox_cli.core.tls_policy import OPPORTUNISTIC, Demand
from loftbox_cli.edge.courier.transcript import Transcript
from loftbox_cli.edge.courier.wire import Wire


@dataclass(frozen=True, slots=True)
class Peer:
    """Where a session goes: the name that led there, the address that was checked, what it has to show."""

    host: str
    address: str
    port: int
    demand: Demand = OPPORTUNISTIC
    security: Security = Security.LOCAL
    login: Login | None = None

    def __str__(self) -> str:
        return f"{self.host} [{self.address}]:{self.port}"


class StepError(Exception):
    """A step did not go well: the peer refused (`said`), or something broke (`fault`)."""

    def __init__(
        self, stage: Stage, *, said: Reply | None = None, fault: str = "", hopeless: bool = False
    ) -> None:
        super().__init__(fault or str(said))
        self.stage = stage
        self.said = said
        self.fault = fault
        self.hopeless = hopeless

    def report(self, peer: Peer, tls: str, transcript: Transcript) -> Report:
        """Tell of it in the form that the services read."""
        return Report(
            self.stage,
            self.said,
            self.fault,
            self.hopeless,
            host=peer.host,
            address=peer.address,
            tls=tls,
            transcript=transcript.lines(),
        )


async def connected(peer: Peer, *, patience: float, transcript: Transcript) -> Wire:
    """Connect to exactly `peer.address`: no name is looked up again here. Raises StepError."""
    transcript.noticed(f"connecting to {peer}")
    try:
        connection = await _dialed(peer, patience)
        _, wire = await asyncio.get_running_loop().create_connection(Wire, sock=connection)
        return wire
    except OSError as error:
        fault = f"no connection to {peer}: {_reason(error)}"
        transcript.noticed(fault)
        raise StepError(Stage.CONNECT, fault=fault) from error


async def _dialed(peer: Peer, patience: float) -> socket.socket:
    family = socket.AF_INET6 if ":" in peer.address else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        async with asyncio.timeout(patience):
            await asyncio.get_running_loop().sock_connect(connection, (peer.address, peer.port))
    except BaseException:
        connection.close()
        raise
    return connection


def _reason(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return os.strerror(errno.ETIMEDOUT)
    # The event loops put words of their own into strerror.
    return os.strerror(error.errno) if error.errno else str(error)
