"""The courier's memory: what the settings and the store say of routes."""

from collections.abc import Callable
from typing import Any

import structlog

from loftbox_cli.core.errors import LoftBoxError
from loftbox_cli.core.mta_sts import KeptPolicy
from loftbox_cli.core.smarthost import Login, Smarthost, parse_smarthost
from loftbox_cli.core.tls_policy import Assurance
from loftbox_cli.services import routes, tls_memory
from loftbox_cli.services.ports import RouteBook
from loftbox_cli.wiring import LoftBox

log = structlog.get_logger("routes")


class StoredRouteBook(RouteBook):
    """Reads from the store, and writes behind the doors: nobody waits for what it remembers."""

    def __init__(self, loftbox: LoftBox) -> None:
        self._loftbox = loftbox
        self._usual = loftbox.settings.delivery.next_hop
        self._usual_login = loftbox.smarthost_login
        self._refused = {each.smarthost for each in loftbox.store.glance(routes.refused_logins)}

    def smarthost(self, domain: str) -> tuple[Smarthost, Login | None] | None:
        """The domain's own, else that of the settings."""
        chosen = self._loftbox.store.glance(routes.of, domain)
        if chosen is None:
            return None if self._usual is None else (self._usual, self._usual_login)
        if not chosen.smarthost:
            return None
        server = parse_smarthost(chosen.smarthost)
        if not server.user:
            return server, None
        password = self._loftbox.sealer.open(chosen.password, purpose=chosen.seal_purpose)
        return server, Login(server.user, password.decode())

    def policy(self, destination: str) -> KeptPolicy | None:
        """The MTA-STS policy that was fetched last."""
        return self._loftbox.store.glance(tls_memory.policy, destination)

    async def keep_policy(self, policy: KeptPolicy) -> None:
        """Keep it over a restart."""
        await self._remember(tls_memory.keep_policy, policy)

    def best(self, destination: str) -> Assurance:
        """The most private session so far."""
        return self._loftbox.store.glance(tls_memory.best, destination)

    async def reached(self, destination: str, assurance: Assurance) -> None:
        """Note a better one."""
        await self._remember(tls_memory.reached, destination, assurance, now=self._loftbox.clock.now())

    async def login_refused(self, smarthost: Smarthost, words: str) -> None:
        """Tell it in the log, and by an event when it is the first time."""
        log.error("smarthost refuses our login", smarthost=str(smarthost), words=words)
        await self._remember(routes.login_refused, str(smarthost), words, **self._asked())
        self._refused.add(str(smarthost))

    async def login_taken(self, smarthost: Smarthost) -> None:
        """Take the alert back."""
        if str(smarthost) in self._refused:
            log.info("smarthost takes our login", smarthost=str(smarthost))
            await self._remember(routes.login_taken, str(smarthost), **self._asked())
            self._refused.discard(str(smarthost))

    def _asked(self) -> dict[str, Any]:
        """What an event of the gateway's own doing carries."""
        return {"request_id": self._loftbox.request_id(), "now": self._loftbox.clock.now()}

    async def _remember(self, verb: Callable[..., None], *given: Any, **named: Any) -> None:
        try:
            await self._loftbox.store.write_behind(verb, *given, **named)
        except LoftBoxError as error:
            # What a memory misses must not cost a delivery.
            log.warning("not remembered", what=verb.__name__, why=error.fact)
