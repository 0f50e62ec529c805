"""What one door offers to every peer, and what it lets a peer take."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ssl import SSLContext

from loftbox_cli.core.arrival import Arrival
from loftbox_cli.core.door_counts import DoorCounts
from loftbox_cli.core.ids import RequestId
from loftbox_cli.core.octet_budget import OctetBudget
from loftbox_cli.core.peer_limits import USUAL_RATES, PeerLimits, PeerRates
from loftbox_cli.services.ports import Clock

MAX_SIZE = 25 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a session, a peer and all of them together may ask for before they are told to stop."""

    sessions: int = 1000  # at one time, over all peers
    peer: PeerRates = USUAL_RATES
    exempt: tuple[str, ...] = ()  # networks to which the limits of one peer do not apply
    held_octets: int = 256 * 1024 * 1024  # of unfinished messages, over all sessions
    recipients: int = 100  # of one transaction, RFC 5321 section 4.5.3.1.8
    errors: int = 20  # 5yz replies since the last accepted message
    idle_commands: int = 100  # that bring no message nearer, likewise
    command_seconds: float = 300  # RFC 5321 section 4.5.3.2.7
    block_seconds: float = 180  # for each block of DATA, RFC 5321 section 4.5.3.2.5
    session_seconds: float = 3600  # from the greeting, however busy the session is
    bad_recipients: int = 5  # of one session, after which further ones are answered late
    bad_recipient_seconds: float = 1.0


USUAL = Limits()


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms on which one door serves; the same for all its sessions."""

    hostname: str
    check_recipient: Callable[[str], None]
    accept: Callable[[Arrival], Awaitable[RequestId]]
    new_request_id: Callable[[], RequestId]
    clock: Clock
    tls: SSLContext | None
    max_size: int
    limits: Limits
    counts: DoorCounts
    peers: PeerLimits
    budget: OctetBudget
