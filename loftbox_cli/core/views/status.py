"""How the gateway as a whole is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal

from loftbox_cli.core.domain import DomainState, Review
from loftbox_cli.core.ids import DomainId
from loftbox_cli.core.views.pause import PauseView


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainStandingView:
    """A domain in one line."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("name", "state")

    id: DomainId
    name: str
    state: DomainState
    review: Review


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusView:
    """What waits at `at`, and what the daemon says of itself: `serving` is null when none runs.

    `store` is failed when the disk took no commit: nothing is written before a restart.
    `sessions` are those of SMTP now. `accepted` counts messages and `refused` everything
    that SMTP peers were refused, in the last full minute and in the last hour;
    `refused_for` splits the hour by reason.
    """

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "serving",
        "store",
        "sessions",
        "accepted",
        "refused",
        "refused_for",
        "domains",
        "agents",
        "mailboxes",
        "messages",
        "unread",
        "held",
        "queued",
        "sending",
        "uncertain",
        "notifications_pending",
        "notifications_exhausted",
        "pauses",
        "next_at",
    )

    object: Literal["status"] = "status"
    at: datetime
    serving: Mapping[str, Any] | None
    store: Literal["sound", "failed"]
    sessions: int
    accepted: Mapping[str, int]
    refused: Mapping[str, int]
    refused_for: Mapping[str, int]
    domains: tuple[DomainStandingView, ...]
    agents: int
    mailboxes: int
    messages: int
    unread: int
    held: int
    queued: int
    sending: int
    uncertain: int
    notifications_pending: int
    notifications_exhausted: int
    pauses: tuple[PauseView, ...]
    next_at: datetime | None
