"""Who does something, and through which door."""

from dataclasses import dataclass
from enum import StrEnum


class Via(StrEnum):
    """The door a request came through."""

    CLI = "cli"
    API = "api"
    CONSOLE = "console"
    LINK = "link"
    SMTP = "smtp"
    DAEMON = "daemon"


class Kind(StrEnum):
    """What stands behind an actor."""

    AGENT = "agent"
    PERSON = "person"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """`id` names the agent, person or operating-system user ("os:anna"); `name` is for people."""

    kind: Kind
    id: str
    name: str
    via: Via


DAEMON = Actor(Kind.SYSTEM, "daemon", "LoftBox", Via.DAEMON)
