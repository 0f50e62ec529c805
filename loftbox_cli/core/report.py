"""What one attempt to hand a message over saw: facts, not yet a judgement."""

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """How far an attempt came; the order is that of RFC 5321 section 3."""

    ROUTE = "route"
    CONNECT = "connect"
    GREETING = "greeting"
    EHLO = "ehlo"
    TLS = "tls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    DOT = "dot"


@dataclass(frozen=True, slots=True)
class Reply:
    """A peer's own words: the code, the enhanced code (RFC 3463) or "", the text."""

    code: int
    enhanced: str
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """The end of one attempt.

    `said` is the reply that ended it (a 250 at DOT is success). Without a reply,
    `fault` says in our words what happened. `hopeless` marks a fault that no
    waiting mends: a null MX (RFC 7505), a domain that does not exist. At ROUTE no
    peer was asked: `said` then holds the reply that the standards assign to the fault,
    and so it does where a peer lacks what the message needs.
    `site` names the group of servers that was meant, "" where no route was found.
    """

    stage: Stage
    said: Reply | None = None
    fault: str = ""
    hopeless: bool = False
    host: str = ""
    address: str = ""
    tls: str = ""
    transcript: tuple[str, ...] = ()
    site: str = ""
