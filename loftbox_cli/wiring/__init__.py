"""The only room that knows which implementation is used.

A command gets an opened `LoftBox`; `serving.py` builds the daemon's rooms on one. What
is heavy is imported and opened when it is first used, so that a command that only
looks pays only for looking.
"""

import contextlib
import os
import pwd
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from loftbox_cli.core.actor import Actor, Kind, Via
from loftbox_cli.core.domain import Domain
from loftbox_cli.core.ids import RequestId
from loftbox_cli.edge.config_file.load import Loaded
from loftbox_cli.edge.config_file.settings import Settings
from loftbox_cli.edge.system import chance
from loftbox_cli.edge.system.clock import SystemClock
from loftbox_cli.edge.system.lock import has_failed, is_owned
from loftbox_cli.edge.system.master_key import find_master_key
from loftbox_cli.edge.system.owner import check_owner, current_user
from loftbox_cli.edge.system.sealer import MasterKeySealer
from loftbox_cli.services import domains, setup

if TYPE_CHECKING:
    from loftbox_cli.core.records import Record
    from loftbox_cli.core.smarthost import Login
    from loftbox_cli.edge.mail_auth.signing import DkimSigner
    from loftbox_cli.edge.resolver.resolver import DnsResolver
    from loftbox_cli.edge.store.store import SqliteStore

STORE_FILE = "loftbox.db"
TAGGING_PURPOSE = "tagging"


class LoftBox:
    """One store with everything around it, opened piece by piece."""

    def __init__(self, loaded: Loaded, *, alone: bool = False) -> None:
        self.loaded = loaded
        self.clock = SystemClock()
        self.mint = chance.Mint(self.clock).mint
        self._alone = alone
        self._closing = contextlib.ExitStack()

    @property
    def settings(self) -> Settings:
        """The settings of this call."""
        return self.loaded.settings

    @property
    def file(self) -> Path:
        """Where the store lies."""
        return self.loaded.store / STORE_FILE

    @cached_property
    def store(self) -> "SqliteStore":
        """The store; raises NotInitialised, DamagedStore, NewerStore or BadConfiguration."""
        from loftbox_cli.edge.store.store import SqliteStore

        check_owner(self.loaded.store, user=current_user())
        store = SqliteStore(self.file, mint=self.mint, alone=self._alone)
        self._closing.callback(store.close)
        return store

    @cached_property
    def sealer(self) -> MasterKeySealer:
        """The sealer; raises NoMasterKey. The daemon never asks a keyring, which may ask a person."""
        key = find_master_key(self.loaded.store, environ=os.environ, ask_keyring=not self._alone)
        return MasterKeySealer(key)

    @cached_property
    def signer(self) -> "DkimSigner":
        """What makes and uses DKIM keys."""
        from loftbox_cli.edge.mail_auth.signing import DkimSigner

        return DkimSigner()

    @cached_property
    def resolver(self) -> "DnsResolver":
        """What asks DNS."""
        from loftbox_cli.edge.resolver.resolver import DnsResolver

        dns = self.settings.dns
        return DnsResolver(dns.servers, deadline=dns.deadline.total_seconds())

    @cached_property
    def tag_secret(self) -> bytes:
        """The secret behind our return paths and Message-IDs."""
        return self.sealer.open(self.store.glance(setup.sealed_tag_secret), purpose=TAGGING_PURPOSE)

    @property
    def smarthost_login(self) -> "Login | None":
        """Who we are to the smarthost of the settings; raises BadConfiguration. A keyring as above."""
        from loftbox_cli.edge.system.smarthost_password import find_login

        delivery = self.settings.delivery
        return find_login(
            delivery.next_hop,
            self.loaded.store,
            named=delivery.next_hop_password_file,
            environ=os.environ,
            ask_keyring=not self._alone,
        )

    @property
    def served(self) -> bool:
        """Whether a daemon runs on the store now: what one says of itself outlives it when it is killed."""
        return is_owned(self.loaded.store)

    @property
    def store_failed(self) -> bool:
        """Whether the daemon has seen its disk fail, and writes nothing any more."""
        return has_failed(self.loaded.store)

    def request_id(self) -> RequestId:
        """A name for what is being done now."""
        return RequestId(self.mint("req"))

    def records(self, domain: Domain) -> "tuple[Record, ...]":
        """What a domain should publish, by these settings."""
        gateway = self.settings.gateway
        return self.store.glance(
            domains.records,
            domain,
            host=gateway.hostname,
            addresses=gateway.addresses,
            dmarc_rua=f"postmaster@{domain.name}",
        )

    async def look(self, domain: Domain, request_id: RequestId | None = None) -> Domain:
        """Look at a domain's DNS as it is now, and remember what was found."""
        from loftbox_cli.core.look import summed_up
        from loftbox_cli.wiring.looking import look_at

        findings = await look_at(self, domain)
        return await self.store.write_soon(
            domains.looked,
            domain.id,
            summed_up(findings),
            request_id=request_id or self.request_id(),
            now=self.clock.now(),
        )

    def close(self) -> None:
        """Close what was opened."""
        self._closing.close()


@contextlib.contextmanager
def opened(loaded: Loaded) -> Iterator[LoftBox]:
    """A LoftBox for one command."""
    loftbox = LoftBox(loaded)
    try:
        yield loftbox
    finally:
        loftbox.close()


def system_user() -> Actor:
    """Who types the command: the operating-system user, by the user's real name under sudo."""
    name = os.environ.get("SUDO_USER") or pwd.getpwuid(os.getuid()).pw_name
    return Actor(Kind.PERSON, f"os:{name}", name, Via.CLI)
