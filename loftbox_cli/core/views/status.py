"""How the gateway as a whole is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal

from loftbox_cli.core.domain import DomainState, Review
from loftbox_cli.core.ids import DomainId
from loftbox_cli.core.pacing import Rest
from loftbox_cli.core.smarthost_login import LoginRefused
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
class RestView:
    """A site that is left alone for a time; `destinations` are the domains behind it."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("destinations", "until", "why")

    site: str
    destinations: tuple[str, ...]
    since: datetime
    until: datetime
    why: str


def rest_view(rest: Rest) -> RestView:
    """Show a site that rests."""
    return RestView(
        site=rest.site, destinations=rest.destinations, since=rest.since, until=rest.until, why=rest.why
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginRefusedView:
    """A smarthost that does not let us in: the mail that it would take waits."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("smarthost", "since", "words")

    smarthost: str
    since: datetime
    words: str


def login_refused_view(refused: LoginRefused) -> LoginRefusedView:
    """Show a smarthost that does not let us in."""
    return LoginRefusedView(smarthost=refused.smarthost, since=refused.since, words=refused.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusView:
    """What waits at `at`, and what the daemon says of itself: `serving` is null when none runs.

    `store` is failed when the disk took no commit: nothing is written before a restart.
    `sessions` are those of SMTP now. `accepted` counts messages and `refused` everything
    that SMTP peers were refused, in the last full minute and in the last hour;
    `refused_for` splits the hour by reason. `resting` are sites that nothing is sent to for
    a time, and `logins_refused` the smarthosts that do not let us in.
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
        "resting",
        "logins_refused",
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
    resting: tuple[RestView, ...]
    logins_refused: tuple[LoginRefusedView, ...]
    next_at: datetime | None
