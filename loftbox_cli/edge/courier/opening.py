"""How a session is opened: connection, TLS, greeting, EHLO, STARTTLS, login.

RFC 8314 section 3.3 for TLS from the first octet, RFC 3207 for STARTTLS, RFC 4954 for
the login, which never goes over plain text.
"""

import asyncio
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from loftbox_cli.core.report import Stage
from loftbox_cli.core.smarthost import Login, Security
from loftbox_cli.core.tls_policy import Assurance
from loftbox_cli.edge.courier.chain import chain_fault
from loftbox_cli.edge.courier.contexts import Contexts
from loftbox_cli.edge.courier.dialing import Peer, StepError, connected
from loftbox_cli.edge.courier.dialog import Dialog
from loftbox_cli.edge.courier.session import Session
from loftbox_cli.edge.courier.timeouts import Timeouts
from loftbox_cli.edge.courier.transcript import Transcript
from loftbox_cli.edge.courier.wire import Response

READY = 220  # RFC 3207 section 4: the one code after which the handshake begins
_MASKED = "***"


@dataclass(frozen=True, slots=True)
class Terms:
    """What is the same for every session."""

    hostname: str
    timeouts: Timeouts
    contexts: Contexts
    now: Callable[[], datetime]


async def open_session(peer: Peer, step: Assurance, terms: Terms, transcript: Transcript) -> Session:
    """Open one session that shows `step`; raises StepError.

    A peer that offers no TLS is still spoken to where plain text is allowed.
    """
    wire = await connected(peer, patience=terms.timeouts.connect, transcript=transcript)
    opening = _Opening(Dialog(peer, wire, transcript), step, terms)
    try:
        return await opening.session()
    except BaseException:
        wire.close()
        raise


class _Opening:
    def __init__(self, dialog: Dialog, step: Assurance, terms: Terms) -> None:
        self._dialog = dialog
        self._peer = dialog.peer
        self._step = step
        self._terms = terms
        self._reached = Assurance.NONE
        self._tls = ""

    async def session(self) -> Session:
        patience = self._terms.timeouts
        implicit = self._peer.security is Security.IMPLICIT
        if implicit:
            await self._shake_hands()
        await self._dialog.greeting(patience.greeting)
        extensions = await self._greet()
        if self._step is not Assurance.NONE and not implicit:
            if "STARTTLS" in extensions:
                answer = await self._dialog.ask(Stage.TLS, "STARTTLS", patience.tls)
                if answer.code != READY:
                    raise self._refused(f"{answer.code} is no answer to STARTTLS")
                await self._shake_hands()
                # RFC 3207 section 4.2: what was said before counts no more.
                extensions = await self._introduce()
            elif not self._peer.demand.allows_plain:
                raise self._refused(f"{self._peer.host} offers no TLS")
        if self._peer.login is not None:
            await self._log_in(self._peer.login, extensions.get("AUTH", "").upper().split())
        return Session(self._dialog, extensions, self._terms.timeouts, self._tls, self._reached)

    async def _greet(self) -> Mapping[str, str]:
        try:
            return await self._introduce()
        except StepError as error:
            # RFC 5321 3.2: an old server knows only HELO.
            if error.said is None or error.said.code < 500:
                raise
        await self._dialog.ask(Stage.EHLO, f"HELO {self._terms.hostname}", self._terms.timeouts.ehlo)
        return {}

    async def _introduce(self) -> Mapping[str, str]:
        patience = self._terms.timeouts.ehlo
        return extensions_of(await self._dialog.ask(Stage.EHLO, f"EHLO {self._terms.hostname}", patience))

    async def _shake_hands(self) -> None:
        wire = self._dialog.wire
        context = self._terms.contexts.of(self._step)
        dane = self._step is Assurance.DANE
        # RFC 7672 section 8.1: the name in the handshake is the one that has the TLSA records.
        name = self._peer.demand.names[0] if dane else self._peer.host
        try:
            async with asyncio.timeout(self._terms.timeouts.tls):
                await wire.start_tls(context, name)
        except (OSError, ValueError) as error:
            raise self._dialog.broken(Stage.TLS, error) from error
        secured = wire.tls
        cipher = secured.cipher() if secured is not None else None
        if secured is None or cipher is None:
            raise self._dialog.broken(Stage.TLS, ConnectionResetError())
        if dane:
            fault = chain_fault(secured, self._peer.demand, self._terms.now())
            if fault:
                raise self._refused(fault)
        self._tls = f"{secured.version()} {cipher[0]}"
        self._reached = self._step
        self._dialog.transcript.noticed(f"{_SHOWN[self._step]} with {self._tls}")

    def _refused(self, fault: str) -> StepError:
        whole = self._peer.demand.missed(fault)
        self._dialog.wire.close()
        self._dialog.transcript.noticed(whole)
        return StepError(Stage.TLS, fault=whole)

    async def _log_in(self, login: Login, offered: list[str]) -> None:
        if self._reached is Assurance.NONE:
            raise self._refused(f"no login goes to {self._peer.host} over plain text")
        if "PLAIN" in offered:
            words = _base64(f"\0{login.user}\0{login.password}")  # RFC 4616
            await self._answer(f"AUTH PLAIN {words}", f"AUTH PLAIN {_MASKED}", 2)
        elif "LOGIN" in offered:
            await self._answer("AUTH LOGIN", "AUTH LOGIN", 3)
            await self._answer(_base64(login.user), _MASKED, 3)
            await self._answer(_base64(login.password), _MASKED, 2)
        else:
            mechanisms = " ".join(offered) or "none"
            raise StepError(
                Stage.AUTH, fault=f"{self._peer.host} offers no login that we know (it has: {mechanisms})"
            )

    async def _answer(self, words: str, shown: str, want: int) -> None:
        await self._dialog.ask(Stage.AUTH, words, self._terms.timeouts.mail, want=want, shown=shown)


_SHOWN = {
    Assurance.NONE: "encrypted",
    Assurance.ENCRYPTED: "encrypted",
    Assurance.VERIFIED: "verified and encrypted",
    Assurance.DANE: "verified by DANE and encrypted",
}


def extensions_of(response: Response) -> Mapping[str, str]:
    """Read what an EHLO reply offers: keywords in upper case, each with its parameters."""
    found: dict[str, str] = {}
    for line in response.text.split("\n")[1:]:
        # Old servers write "AUTH=LOGIN" in a second line.
        keyword, *parameters = re.split("[ =]", line.strip(), maxsplit=1)
        name = keyword.upper()
        found[name] = " ".join(filter(None, (found.get(name, ""), *parameters)))
    return found


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()
