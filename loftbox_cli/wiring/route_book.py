"""The courier's memory: what the settings and the store say of routes."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import structlog

from loftbox_cli.core.errors import BadConfiguration, LoftBoxError
from loftbox_cli.core.mta_sts import KeptPolicy
from loftbox_cli.core.smarthost import Login, Smarthost, check_password, parse_smarthost
from loftbox_cli.core.tls_policy import Assurance
from loftbox_cli.services import routes, tls_memory
from loftbox_cli.services.ports import RouteBook
from loftbox_cli.wiring import LoftBox

log = structlog.get_logger("routes")


class StoredRouteBook(RouteBook):
    """Reads from the store, and writes behind the doors: nobody waits for what it remembers."""

    def __init__(self, loftbox: LoftBox) -> None:
        self._loftbox = loftbox
        delivery = loftbox.settings.delivery
        self._usual = delivery.next_hop
        self._usual_login = _usual_login(delivery.next_hop, delivery.next_hop_password_file)
        self._refused: Mapping[str, Any] = loftbox.store.glance(routes.refused_logins)

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
        """Tell it in the log, and keep it for `doctor`."""
        log.error("smarthost refuses our login", smarthost=str(smarthost), words=words)
        await self._remember(routes.login_refused, str(smarthost), words, now=self._loftbox.clock.now())
        self._refused = {**self._refused, str(smarthost): words}

    async def login_taken(self, smarthost: Smarthost) -> None:
        """Take the alert back."""
        if str(smarthost) in self._refused:
            log.info("smarthost takes our login", smarthost=str(smarthost))
            await self._remember(routes.login_taken, str(smarthost))
            self._refused = {name: said for name, said in self._refused.items() if name != str(smarthost)}

    async def _remember(self, verb: Callable[..., None], *given: Any, **named: Any) -> None:
        try:
            await self._loftbox.store.write_behind(verb, *given, **named)
        except LoftBoxError as error:
            # What a memory misses must not cost a delivery.
            log.warning("not remembered", what=verb.__name__, why=error.fact)


def _usual_login(server: Smarthost | None, file: Path | None) -> Login | None:
    return None if server is None or file is None else Login(server.user, _read_password(file))


def _read_password(file: Path) -> str:
    """Read the one line of a password's file; raises BadConfiguration."""
    try:
        text = file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise BadConfiguration(
            f"cannot read the password of the smarthost in {file}: {reason}",
            fix="name a file that holds nothing but the password",
            field="delivery.next_hop_password_file",
        ) from None
    return check_password(text.rstrip("\r\n"), field="delivery.next_hop_password_file")
