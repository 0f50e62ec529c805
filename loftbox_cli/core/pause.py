"""The kill switch: a gate, not a state. Nothing resumes by itself."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PauseScope(StrEnum):
    """What a pause stops."""

    GATEWAY = "gateway"
    DOMAIN = "domain"
    AGENT = "agent"
    MAILBOX = "mailbox"


@dataclass(frozen=True, slots=True)
class Pause:
    """`target` is the id of what is paused; for the gateway it is "gateway"."""

    scope: PauseScope
    target: str
    by: str
    why: str
    at: datetime
