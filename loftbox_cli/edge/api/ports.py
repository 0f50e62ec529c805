"""What the API needs from the rest of the house."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from loftbox_cli.core.domain import Domain
from loftbox_cli.core.ids import RequestId
from loftbox_cli.core.records import Record
from loftbox_cli.core.retry import MAIL_GIVE_UP_AFTER
from loftbox_cli.services.ports import Clock, Sealer, Signer
from loftbox_cli.services.store import Store


@dataclass(frozen=True, slots=True)
class Api:
    """The wires behind the routes.

    `chance` answers so many random octets. `records` lists what a domain should
    publish. `look` looks at its DNS now and remembers what it found. `attached` finds
    the file with this SHA-256 in raw mail. `wait_for_change` returns after the next
    commit of anybody, or after so many seconds. `approve_domains` is the operator's
    standing approval of the use of every domain. `give_up_after` is for how long mail is
    tried. `check_room` raises DiskLow when there
    is too little room to promise anything, `store_failed` says that the disk took no
    commit and nothing is written before a restart. With `trusted_proxies` nobody else gets in.
    `webhook_networks` are the private networks that webhooks may reach.
    """

    store: Store
    clock: Clock
    mint: Callable[[str], str]
    chance: Callable[[int], bytes]
    signer: Signer
    sealer: Sealer
    records: Callable[[Domain], Sequence[Record]]
    look: Callable[[Domain, RequestId], Awaitable[Domain]]
    attached: Callable[[bytes, str], bytes]
    wait_for_change: Callable[[float], Awaitable[None]]
    check_room: Callable[[], None]
    store_failed: Callable[[], bool]
    tag_secret: bytes = field(repr=False)
    approve_domains: bool = False
    give_up_after: timedelta = MAIL_GIVE_UP_AFTER
    trusted_proxies: Sequence[str] = ()
    webhook_networks: Sequence[str] = ()
