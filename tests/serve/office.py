"""Agents who write, a person who decides and an operator who forbids, on a gateway that may die meanwhile.

Each brings the same thing again until it is answered. `faults` then holds the store and
what arrived at the next hop to what was allowed.
"""

import asyncio
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2

from loftbox_cli.core.approval import Approval, ApprovalState
from loftbox_cli.core.delivery import WAITING, DeliveryState
from loftbox_cli.core.message import Direction, Message, MessageState
from loftbox_cli.services.tx import Tx
from tests.serve.gateway import Gateway, api
from tests.serve.hop import Copy
from tests.serve.prepared import FREE, GATED, Keys

FORBIDDEN = "forbidden.test"
POLICY = f"""\
name = "nobody_there"
[[rule]]
name = "nobody there"
decision = "block"
reason = "nobody_there"
when.recipient.domain = "{FORBIDDEN}"
[[rule]]
name = "rest"
decision = "allow"
"""


def wanted(subject: str) -> bool:
    """What the person thinks of a message."""
    return int(subject.rpartition(" ")[2]) % 3 != 0


@dataclass
class Office:
    """Everybody who works on the gateway; each waits while it is not `up`.

    `answered` holds what each message was answered, `forbidden` those sent after the policy was in force.
    """

    gateway: Gateway
    keys: Keys
    step: Callable[[], None]
    answered: dict[str, dict[str, Any]] = field(default_factory=dict)
    is_forbidden: bool = False
    forbidden: set[str] = field(default_factory=set)
    up: asyncio.Event = field(default_factory=asyncio.Event)
    ending: bool = False
    done_writing: bool = False
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def write(self) -> None:
        """Send to friends and strangers, from the gated mailbox and from the free one."""
        number = 0

        async def writing(client: httpx2.AsyncClient) -> None:
            nonlocal number
            while number or not self.ending:
                number = number or next(self._numbers)
                if await self._sent(client, number):
                    number = 0

        await self._persist(self.keys.agent, writing)

    async def _sent(self, client: httpx2.AsyncClient, number: int) -> bool:
        name, known = f"Order {number}", self.is_forbidden
        message = {
            "mailbox": GATED if number % 2 else FREE,
            "to": [f"jane{number}@{FORBIDDEN if number % 5 == 0 else 'peer.test'}"],
            "subject": name,
            "text": "It is on its way.",
        }
        asyncio.get_running_loop().call_soon(self.step)
        answer = await client.post("/v1/messages", json=message, headers={"idempotency-key": f"n{number}"})
        if answer.status_code == 202:
            self.answered[name] = answer.json()
            if known:
                self.forbidden.add(name)
            return True
        assert answer.status_code in (503, 507), answer.text
        return False

    async def decide(self) -> None:
        """Say yes or no to whatever waits, until nobody writes any more and nothing waits."""

        async def deciding(client: httpx2.AsyncClient) -> None:
            waiting: list[dict[str, Any]] = []
            ending = False
            while waiting or not ending:
                ending = self.done_writing
                listed = await client.get("/v1/approvals?state=pending&order=asc&limit=20")
                waiting = listed.json()["data"]
                for each in waiting:
                    verb = "approve" if wanted(each["subject"]) else "reject"
                    asyncio.get_running_loop().call_soon(self.step)
                    await client.post(
                        f"/v1/approvals/{each['id']}/{verb}", json={"revision": each["revision"]}
                    )

        await self._persist(self.keys.operator, deciding)

    async def forbid(self) -> None:
        """Put a policy in force that blocks what was allowed before."""

        async def forbidding(client: httpx2.AsyncClient) -> None:
            while not self.is_forbidden:
                await client.post("/v1/policies", json={"source": POLICY})  # it may be there already
                bound = await client.post("/v1/policies/nobody_there/bind", json={"scope": "all"})
                self.is_forbidden = bound.status_code == 200

        await self._persist(self.keys.operator, forbidding)

    async def _persist(self, key: str, work: Callable[[httpx2.AsyncClient], Awaitable[None]]) -> None:
        """Do it with one connection after the other, for as long as the gateway dies in between."""
        while True:
            await self.up.wait()
            try:
                async with api(self.gateway, key) as client:
                    await work(client)
                    return
            except httpx2.TransportError:
                pass


def settled(tx: Tx) -> bool:
    """Whether nothing is left to do but what may not be done."""
    return not tx.deliveries.count(state=DeliveryState.SENDING) and all(
        each.destination == FORBIDDEN for each in tx.deliveries.all() if each.state in WAITING
    )


def faults(tx: Tx, office: Office, copies: Sequence[Copy]) -> Iterator[str]:
    """Whatever arrived without leave, and what did not arrive that should have."""
    arrived = Counter(copy.message_id for copy in copies if not copy.answer.startswith("4"))
    for message in tx.messages.all(direction=Direction.OUTBOUND):
        number = arrived.pop(message.rfc_message_id, 0)
        if number and message.state is not MessageState.RELEASED:
            yield f"{message.subject} is {message.state}, and arrived"
        if number and message.subject in office.forbidden and message.rcpt_to[0].endswith(FORBIDDEN):
            yield f"{message.subject} was sent when it was forbidden, and arrived"
        for delivery in tx.deliveries.all(message_id=message.id):
            if delivery.destination != FORBIDDEN and not number:
                yield f"{message.subject} was released, and never arrived"
        if tx.mailboxes.get(message.mailbox_id).address == GATED:
            yield from _of_gated(message, tx.approvals.all(message_id=message.id), number)
    yield from (f"a copy of {name} arrived that nobody sent" for name in arrived)
    subjects = Counter(each.subject for each in tx.messages.all(direction=Direction.OUTBOUND))
    yield from (f"{name} is {count} messages" for name, count in subjects.items() if count != 1)
    yield from (f"{name} is gone" for name in office.answered.keys() - subjects.keys())


def _of_gated(message: Message, approvals: Sequence[Approval], arrived: int) -> Iterator[str]:
    said = [each.state for each in approvals]
    if ApprovalState.PENDING in said:
        yield f"{message.subject} still waits for a person"
    if arrived and not wanted(message.subject):
        yield f"{message.subject} was not wanted, and arrived"
    agreed = [each for each in approvals if each.state is ApprovalState.APPROVED]
    if arrived and [each.content_sha256 for each in agreed] != [message.content_sha256]:
        yield f"{message.subject} arrived, and nobody agreed to its bytes"
