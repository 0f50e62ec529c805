"""Senders and agents who write to a gateway that may die at any instant, and their ledger.

Each does what a good one does: it brings the same thing again until it is answered.
What was answered with 250 or 202 is in the ledger, and the gateway has to answer for it.
"""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.serve.gateway import Gateway, api
from tests.serve.prepared import FREE, GATED
from tests.serve.smtp_client import SmtpClient, connected

GATED_EVERY = 4  # the share of what the agents write that has to wait for a person


@dataclass
class Ledger:
    """By Message-ID the bytes of each mail that got its 250, by key the answer of each 202."""

    mails: dict[str, bytes] = field(default_factory=dict)
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    repeated: int = 0  # answers that were missed, and asked for again


@dataclass
class Load:
    """Writes for as long as `going` is set; waits while the gateway is not `up`.

    `step` is called whenever an answer is outstanding.
    """

    gateway: Gateway
    key: str
    step: Callable[[], None]
    ledger: Ledger = field(default_factory=Ledger)
    up: asyncio.Event = field(default_factory=asyncio.Event)
    ending: bool = False
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def mail(self) -> None:
        """Send mail over one connection after the other."""
        mail: tuple[str, bytes] | None = None
        while mail or not self.ending:
            await self.up.wait()
            try:
                async with connected(self.gateway.smtp) as client:
                    while mail or not self.ending:
                        mail = mail or self._mail()
                        if await self._brought(client, *mail):
                            mail = None
            except OSError:
                pass  # it died; the mail is brought again

    def _mail(self) -> tuple[str, bytes]:
        name = f"<{next(self._numbers)}@peer.test>"
        text = f"From: jane@peer.test\r\nTo: {FREE}\r\nSubject: {name}\r\nMessage-ID: {name}\r\n\r\nHi.\r\n"
        return name, text.encode()

    async def _brought(self, client: SmtpClient, name: str, raw: bytes) -> bool:
        reply = await client.to_data("jane@peer.test", FREE)
        if reply.startswith("354"):
            await client.say(raw + b".\r\n")
            self.step()
            reply = await client.reply()
        if reply.startswith("250"):
            self.ledger.mails[name] = raw
            return True
        self.ledger.repeated += 1
        if not reply:
            raise ConnectionResetError
        # Never may a gateway in trouble say no for good.
        assert reply.startswith("4"), reply
        if reply.startswith("421"):
            raise ConnectionResetError
        return False

    async def post(self) -> None:
        """Send messages through the API."""
        number = 0
        while number or not self.ending:
            await self.up.wait()
            try:
                async with api(self.gateway, self.key) as client:
                    while number or not self.ending:
                        number = number or next(self._numbers)
                        if await self._posted(client, number):
                            number = 0
            except httpx2.TransportError:
                self.ledger.repeated += 1

    async def _posted(self, client: httpx2.AsyncClient, number: int) -> bool:
        name = f"send-{number}"
        message = {
            "mailbox": FREE if number % GATED_EVERY else GATED,
            "to": [f"jane{number}@peer.test"],
            "subject": name,
            "text": "It is on its way.",
        }
        asyncio.get_running_loop().call_soon(self.step)
        answer = await client.post("/v1/messages", json=message, headers={"idempotency-key": name})
        if answer.status_code == 202:
            self.ledger.sent[name] = answer.json()
            return True
        self.ledger.repeated += 1
        assert answer.status_code in (503, 507), answer.text
        return False
