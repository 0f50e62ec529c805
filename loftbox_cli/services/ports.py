"""What the verbs and loops need from outside, as Protocols; `wiring.py` says who fulfils them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from loftbox_cli.core.dkim_key import Algorithm, DkimKey
from loftbox_cli.core.dns import DnsAnswer
from loftbox_cli.core.mta_sts import KeptPolicy
from loftbox_cli.core.parcel import Parcel, Posted
from loftbox_cli.core.reading import Reading
from loftbox_cli.core.report import Report
from loftbox_cli.core.smarthost import Login, Smarthost
from loftbox_cli.core.tls_policy import Assurance


class Clock(Protocol):
    """Where `now` comes from."""

    def now(self) -> datetime:
        """The time, aware and in UTC."""
        ...


class Sealer(Protocol):
    """Keeps secrets closed with the one master key (AES-256-GCM)."""

    def seal(self, plain: bytes, *, purpose: str) -> bytes:
        """Close a secret; `purpose` is bound to it, so that it cannot be moved to another row."""
        ...

    def open(self, sealed: bytes, *, purpose: str) -> bytes:
        """Open it again; raises NoMasterKey when the key is another one."""
        ...


class Resolver(Protocol):
    """Real DNS questions, cached for their TTL, with a deadline."""

    async def ask(self, name: str, kind: str) -> DnsAnswer:
        """Ask for records of `kind` ("TXT", "MX", "A", "AAAA", "CNAME", "PTR", "TLSA"); never raises."""
        ...


class Signer(Protocol):
    """Makes and uses DKIM keys."""

    def new_key(self, algorithm: Algorithm, selector: str) -> DkimKey:
        """Make a key pair; takes up to a second for RSA."""
        ...

    def sign(self, raw: bytes, *, domain: str, keys: Sequence[DkimKey], at: datetime) -> bytes:
        """Answer `raw` with one DKIM-Signature for each key before it."""
        ...


class RouteBook(Protocol):
    """What is known of routes besides DNS: what the operator chose, and what earlier attempts saw."""

    def smarthost(self, domain: str) -> tuple[Smarthost, Login | None] | None:
        """The server that takes all mail of our `domain`, None where it goes straight to the MX hosts."""
        ...

    def policy(self, destination: str) -> KeptPolicy | None:
        """The MTA-STS policy that was fetched last."""
        ...

    async def keep_policy(self, policy: KeptPolicy) -> None:
        """Keep one that was just fetched."""
        ...

    def best(self, destination: str) -> Assurance:
        """The most private session that this destination ever had."""
        ...

    async def reached(self, destination: str, assurance: Assurance) -> None:
        """Note that a session was more private than any before it."""
        ...

    async def login_refused(self, smarthost: Smarthost, words: str) -> None:
        """Tell the operator that a smarthost does not let us in."""
        ...

    async def login_taken(self, smarthost: Smarthost) -> None:
        """Note that it does."""
        ...


class Courier(Protocol):
    """Carries one message to the next server."""

    async def carry(self, parcel: Parcel, *, before_data: Callable[[], Awaitable[None]]) -> Report:
        """Hand `parcel` over and report what was seen; never raises for the peer's faults.

        `before_data` is awaited when the peer has accepted the envelope and before
        DATA. When it raises, nothing is sent and the exception comes through.
        """
        ...

    async def site(self, destination: str, domain: str) -> str:
        """Name the group of servers that takes mail from our `domain` to `destination`, "" for unknown."""
        ...


class Poster(Protocol):
    """Posts one webhook."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Posted:
        """Post `body` as it is; never raises for the target's faults."""
        ...


class Reader(Protocol):
    """Reads hostile mail in a process that a deadline can kill."""

    async def read(self, raw: bytes) -> Reading:
        """Read one mail; raises ReaderDied when its worker did not live through it."""
        ...
