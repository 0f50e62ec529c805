"""A connected socket to one checked address, or the reason why there is none."""

import asyncio
import errno
import os
import socket
from dataclasses import dataclass

from loftbox_cli.core.report import Reply, Report, Stage
from loftbox_cli.edge.courier.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Peer:
    """Where a session goes: the name that led there, and the address that was checked."""

    host: str
    address: str
    port: int

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


async def dialed(peer: Peer, *, patience: float, transcript: Transcript) -> socket.socket:
    """Connect to exactly `peer.address`: no name is looked up again here. Raises StepError."""
    transcript.noticed(f"connecting to {peer}")
    try:
        return await _connected(peer, patience)
    except OSError as error:
        fault = f"no connection to {peer}: {_reason(error)}"
        transcript.noticed(fault)
        raise StepError(Stage.CONNECT, fault=fault) from error


async def _connected(peer: Peer, patience: float) -> socket.socket:
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
