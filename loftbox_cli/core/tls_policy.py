"""How private a session has to be before a message goes over it.

    assurance   what was shown                                        against whom it helps
    none        nothing                                               nobody
    encrypted   a handshake, with a certificate that nobody checked   who listens
    verified    a certificate that a public authority vouches for     who redirects
    dane        a certificate that signed DNS names                   the authorities too

Without a policy TLS is opportunistic (RFC 7435): what a peer offers is taken, and
a peer whose TLS fails gets the message in plain text, as it would have before. A
policy of the receiving domain (MTA-STS, DANE) or of ours (a smarthost) rules that out.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from loftbox_cli.core.tlsa import Tlsa


class Assurance(StrEnum):
    """What a session has shown; the order is that of strength."""

    NONE = "none"
    ENCRYPTED = "encrypted"
    VERIFIED = "verified"
    DANE = "dane"


_STRENGTH = {assurance: strength for strength, assurance in enumerate(Assurance)}


@dataclass(frozen=True, slots=True)
class Demand:
    """What a host has to show. `steps` are tried in turn, each on a connection of its own.

    `asker` says who wants it so, for people. With DANE `records` hold what DNS names,
    and `names` are those that the certificate of a trust anchor may stand for
    (RFC 7672 section 3.2.2).
    """

    steps: tuple[Assurance, ...]
    asker: str = ""
    records: tuple[Tlsa, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def allows_plain(self) -> bool:
        """Whether a message may go in plain text in the end."""
        return Assurance.NONE in self.steps

    def missed(self, fault: str) -> str:
        """Say with a fault who wanted it otherwise."""
        return f"{fault}; {self.asker} asks for it" if self.asker else fault


@dataclass(frozen=True, slots=True)
class BestSeen:
    """The most private session that a destination ever had, so that a later weaker one is noticed."""

    destination: str
    assurance: Assurance
    seen_at: datetime


OPPORTUNISTIC = Demand((Assurance.ENCRYPTED, Assurance.NONE))


def verified(asker: str) -> Demand:
    """Ask for a certificate that an authority vouches for."""
    return Demand((Assurance.VERIFIED,), asker)


def reported(asker: str) -> Demand:
    """Look whether the same would hold, and deliver when it does not (RFC 8461 section 5)."""
    return Demand((Assurance.VERIFIED, *OPPORTUNISTIC.steps), asker)


def by_dane(records: tuple[Tlsa, ...], names: tuple[str, ...]) -> Demand:
    """Ask for what the TLSA records name, or for any TLS where we can use none of them.

    RFC 7672 section 2.1.3: records that are there, though unusable, still say that the
    host speaks TLS.
    """
    usable = tuple(record for record in records if record.usable)
    step = Assurance.DANE if usable else Assurance.ENCRYPTED
    return Demand((step,), "DANE", usable, names)


def weaker(now: Assurance, best: Assurance) -> bool:
    """Say whether a session shows less than one before it did."""
    return _STRENGTH[now] < _STRENGTH[best]
