"""How much of the door one peer may take: connections and messages, and names that it may guess.

A peer is an IPv4 address, or the /64 of an IPv6 one, since a whole /64 is given to
one customer (RFC 6177 section 2) and costs nothing to walk through. Who is over a limit hears
421 and comes back (RFC 5321 section 3.8). Time is an argument, in seconds that never
step back; each minute is counted from zero, and so is each span of guessing.

Who tries a list of names comes back after every session, so its wrong guesses are
counted beyond them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from ipaddress import IPv6Address, IPv6Network, ip_address, ip_network

MINUTE = 60.0
SPAN = 10 * MINUTE  # for which the wrong guesses of a peer are counted
# Whoever has so many networks has their allowances too, so forgetting them early gives nothing away.
MOST_PEERS = 50_000


@dataclass(frozen=True, slots=True)
class PeerRates:
    """What one peer may have: sessions at once, connections and messages a minute, wrong guesses a span."""

    at_once: int = 50
    connections: int = 300
    messages: int = 500
    guesses: int = 100


USUAL_RATES = PeerRates()


class Entry(Enum):
    """Whether a connection may stay."""

    WELCOME = auto()
    TOO_MANY_AT_ONCE = auto()
    TOO_MANY_A_MINUTE = auto()
    TOO_MANY_GUESSES = auto()


class PeerLimits:
    """The counters of one door. Peers in an exempt network are not counted."""

    def __init__(self, rates: PeerRates, exempt: Sequence[str] = ()) -> None:
        self._rates = rates
        self._exempt = tuple(map(ip_network, exempt))
        self._open: dict[str, int] = {}
        self._minute = -1
        self._connections: dict[str, int] = {}
        self._messages: dict[str, int] = {}
        self._span = -1
        self._guesses: dict[str, int] = {}

    def peer_of(self, address: str) -> str:
        """The name under which a peer with this IP address is counted; "" for one that is not."""
        try:
            plain = ip_address(address)
        except ValueError:
            return ""  # it hung up before it could be seen
        if any(plain in network for network in self._exempt):
            return ""
        if isinstance(plain, IPv6Address):
            return str(IPv6Network((int(plain) >> 64 << 64, 64)))
        return address

    def enter(self, peer: str, at: float) -> Entry:
        """Count a connection; one that is welcome is open until `leave`."""
        if not peer:
            return Entry.WELCOME
        if not self.may_guess(peer, at):
            return Entry.TOO_MANY_GUESSES
        if _counted(self._this_minute(at, self._connections), peer) > self._rates.connections:
            return Entry.TOO_MANY_A_MINUTE
        if self._open.get(peer, 0) >= self._rates.at_once:
            return Entry.TOO_MANY_AT_ONCE
        _counted(self._open, peer)
        return Entry.WELCOME

    def leave(self, peer: str) -> None:
        """End a connection that was welcome."""
        if not peer:
            return
        self._open[peer] -= 1
        if not self._open[peer]:
            del self._open[peer]

    def may_send(self, peer: str, at: float) -> bool:
        """Count a message; False when it is one too many in this minute."""
        if not peer:
            return True
        return _counted(self._this_minute(at, self._messages), peer) <= self._rates.messages

    def guessed(self, peer: str, at: float) -> None:
        """Count a recipient who is not here."""
        if peer:
            _counted(self._this_span(at), peer)

    def may_guess(self, peer: str, at: float) -> bool:
        """Say whether a peer has not yet guessed wrong too often."""
        return self._this_span(at).get(peer, 0) < self._rates.guesses

    def _this_span(self, at: float) -> dict[str, int]:
        span = int(at // SPAN)
        if span != self._span or len(self._guesses) > MOST_PEERS:
            self._span = span
            self._guesses.clear()
        return self._guesses

    def _this_minute(self, at: float, counts: dict[str, int]) -> dict[str, int]:
        minute = int(at // MINUTE)
        if minute != self._minute:
            self._minute = minute
            self._connections.clear()
            self._messages.clear()
        elif len(counts) > MOST_PEERS:
            counts.clear()
        return counts


def _counted(counts: dict[str, int], peer: str) -> int:
    count = counts[peer] = counts.get(peer, 0) + 1
    return count
