"""How long each step of a delivery may take (RFC 5321 section 4.5.3.2)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. A client that gives up sooner than the RFC says makes duplicates at slow servers."""

    connect: float = 30
    greeting: float = 300
    ehlo: float = 300
    tls: float = 60  # the RFC is silent: a handshake involves no disk and no lookup
    mail: float = 300
    rcpt: float = 300
    data: float = 120
    block: float = 180  # for each block of content, not for all of it
    dot: float = 600  # RFC 1047: the server may be at work with the message
    quit: float = 5  # the message is safe already
    idle: float = 15  # how long an open connection waits for another message
