"""Which keys each operation of the API is open to, with one right request for each.

Operations, their methods, paths and parameters come from the OpenAPI document. What
stands here is what it cannot say: what to name, what to write, and who may.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

import httpx2

from loftbox_cli.core.draft import Draft, File
from loftbox_cli.core.ids import MessageId
from loftbox_cli.core.key import Scope
from loftbox_cli.core.mailbox import Oversight
from loftbox_cli.core.reading import Party
from loftbox_cli.services import policies, submit, suppressions
from loftbox_cli.services.tx import Viewer
from tests.edge.api_kit import Client, Gate, document
from tests.services.house import ANNA, TAG_SECRET, letter

UNENDING = "events.stream"  # it has no end that a test could wait for, once it has begun


class Holder(Enum):
    """A key that carries one scope alone."""

    AGENT_SENDS = ("agent", Scope.SEND)
    AGENT_READS = ("agent", Scope.READ)
    PERSON_READS = ("person", Scope.READ)
    PERSON_APPROVES = ("person", Scope.APPROVE)
    PERSON_MANAGES = ("person", Scope.MANAGE)

    @property
    def is_agent(self) -> bool:
        return self.value[0] == "agent"

    @property
    def scope(self) -> Scope:
        return self.value[1]


SENDERS = {Holder.AGENT_SENDS}
READERS = {Holder.AGENT_READS, Holder.PERSON_READS}
PEOPLE = {Holder.PERSON_READS}
APPROVERS = {Holder.PERSON_APPROVES}
MANAGERS = {Holder.PERSON_MANAGES}
OPEN_TO: Mapping[str, set[Holder]] = {
    "agents.list": READERS,
    "agents.create": MANAGERS,
    "agents.retrieve": READERS,
    "mailboxes.list": READERS,
    "mailboxes.create": MANAGERS,
    "mailboxes.retrieve": READERS,
    "mailboxes.update": MANAGERS,
    "domains.list": PEOPLE,
    "domains.create": MANAGERS,
    "domains.retrieve": PEOPLE,
    "domains.update": MANAGERS,
    "domains.records": PEOPLE,
    "domains.verify": MANAGERS,
    "domains.rotate_dkim": MANAGERS,
    "policies.list": PEOPLE,
    "policies.create": MANAGERS,
    "policies.retrieve": PEOPLE,
    "policies.update": MANAGERS,
    "policies.bind": MANAGERS,
    "policies.unbind": MANAGERS,
    "policies.evaluate": SENDERS,
    "messages.send": SENDERS,
    "messages.reply": SENDERS,
    "messages.reply_all": SENDERS,
    "messages.forward": SENDERS,
    "messages.cancel": SENDERS,
    "messages.list": READERS,
    "messages.retrieve": READERS,
    "messages.raw": READERS,
    "messages.attachment": READERS,
    "deliveries.list": READERS,
    "deliveries.retrieve": READERS,
    "deliveries.retry": MANAGERS,
    "deliveries.cancel": SENDERS | MANAGERS,
    "suppressions.list": PEOPLE,
    "suppressions.add": MANAGERS,
    "suppressions.retrieve": PEOPLE,
    "suppressions.release": MANAGERS,
    "threads.list": READERS,
    "threads.retrieve": READERS,
    "events.list": READERS,
    "events.retrieve": READERS,
    "events.wait": READERS,
    "events.stream": READERS,
    "approvals.list": PEOPLE | APPROVERS,
    "approvals.retrieve": PEOPLE | APPROVERS,
    "approvals.approve": APPROVERS,
    "approvals.reject": APPROVERS,
    "approvals.edit": APPROVERS,
    "webhooks.list": READERS,
    "webhooks.create": MANAGERS | {Holder.AGENT_READS},
    "webhooks.retrieve": READERS,
    "webhooks.notifications": READERS,
    "webhooks.resend": MANAGERS | {Holder.AGENT_READS},
    "keys.list": MANAGERS,
    "keys.create": MANAGERS,
    "keys.revoke": MANAGERS,
    "status.retrieve": PEOPLE,
}
BODIES: Mapping[str, Any] = {
    "agents.create": {"name": "other {agent}", "purpose": "p", "owner": "o"},
    "mailboxes.create": {"address": "other.{mailbox}", "agent": "{agent}"},
    "mailboxes.update": {"oversight": "autonomous"},
    "domains.create": {"name": "other.example", "use_case": "u"},
    "domains.update": {"smarthost": "direct"},
    "policies.create": {"source": "name = 'new_policy'\n[[rule]]\nname = 'all'\ndecision = 'hold'"},
    "policies.update": {"source": "name = '{policy}'\n[[rule]]\nname = 'none'\ndecision = 'block'"},
    "policies.bind": {"scope": "mailbox", "target": "{mailbox}"},
    "policies.unbind": {"scope": "mailbox", "target": "{mailbox}"},
    "policies.evaluate": {"mailbox": "{mailbox}", "to": ["jane@peer.test"], "text": "Hi."},
    "messages.send": {"mailbox": "{mailbox}", "to": ["jane@peer.test"], "text": "Hi."},
    "messages.reply": {"text": "Hi."},
    "messages.reply_all": {"text": "Hi."},
    "messages.forward": {"to": ["jane@peer.test"], "text": "Hi."},
    "suppressions.add": {"address": "joe@peer.test", "domain": "example.com"},
    "approvals.approve": {"revision": 1},
    "approvals.reject": {"revision": 1},
    "approvals.edit": {"revision": 1, "text": "It is on its way to {label}."},
    "webhooks.create": {"url": "https://hooks.peer.test/"},
    "keys.create": {"owner_id": "{agent}", "name": "k", "scopes": ["read"]},
}
QUERIES: Mapping[str, str] = {"events.wait": "?timeout=0"}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as the document has it; `takes` names the fields of its body, None for no body."""

    name: str
    method: str
    path: str
    query: tuple[str, ...]
    takes: frozenset[str] | None

    def request(self, things: Mapping[str, str]) -> "Request":
        """A right request about these things."""
        path = self.path.format(**things) + QUERIES.get(self.name, "")
        body = None if self.takes is None else filled(BODIES[self.name], things)
        return Request(self.method, path, body)


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    body: Any

    async def by(self, client: Client) -> httpx2.Response:
        given = {} if self.body is None else {"json": self.body}
        return await client.ask(self.method, self.path, **given)

    def saying(self, **more: Any) -> "Request":
        """The same with more in its body."""
        return replace(self, body={**self.body, **more})


def operations() -> dict[str, Operation]:
    """Every operation that wants a key."""
    return {each.name: each for each in _operations() if each.name != "health.check"}


def _operations() -> Iterator[Operation]:
    for path, methods in document()["paths"].items():
        for method, described in methods.items():
            query = (each["name"] for each in described.get("parameters", ()) if each["in"] == "query")
            name = described["operationId"]
            yield Operation(name, method.upper(), path, tuple(query), _fields_of(described))


def _fields_of(described: Mapping[str, Any]) -> frozenset[str] | None:
    if "requestBody" not in described:
        return None
    reference = described["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    return frozenset(document()["components"]["schemas"][reference.rpartition("/")[2]]["properties"])


def filled(value: Any, things: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: filled(each, things) for name, each in value.items()}
    if isinstance(value, list):
        return [filled(each, things) for each in value]
    return value.format(**things) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Estate:
    """An agent that has one of everything. `things` have the names that paths, queries and bodies use.

    `only` holds those that one operation needs instead.
    """

    agent_id: str
    things: Mapping[str, str]
    only: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def request(self, operation: Operation) -> Request:
        return operation.request({**self.things, **self.only.get(operation.name, {})})

    def nowhere(self) -> "Estate":
        """The same names, some letters off: nothing has them."""
        off = {name: _off(each) for name, each in self.things.items()}
        return replace(self, things=off, only={name: {} for name in self.only})


def _off(name: str) -> str:
    if "@" in name:
        return f"zz{name}"
    return f"{name[:-8]}zzzzzzzz" if "_" in name else name


def estate(gate: Gate, label: str) -> Estate:
    house = gate.house
    if house.see(lambda tx: tx.domains.find(name="unproven.example")) is None:
        house.domain("unproven.example", verified=False)  # a look at it changes nothing for the mailboxes
    address = f"{label}@example.com"
    mailbox = house.mailbox(address, oversight=Oversight.GATED_ALL)
    assert mailbox.agent_id is not None
    agent = house.see(lambda tx: tx.agents.get(mailbox.agent_id or ""))
    webhook = house.endpoint(agent_id=mailbox.agent_id)
    (message,) = house.receive(address, reading=letter())
    file = File("order.pdf", "application/pdf", b"%PDF-1.7")
    draft = Draft(to=(Party("jane@peer.test"),), subject="Your order", attachments=(file,))
    on = house.see(submit.grounds, mailbox.id, draft, Viewer())
    prepared = submit.prepare(draft, on, message_id=MessageId(house.mint("msg")), tag_secret=TAG_SECRET)
    held = house.do(submit.send, prepared, **house.by(house.sender(mailbox)))
    free = house.mailbox(f"free.{address}", agent)
    (delivery,) = house.send(free).deliveries
    called_back = house.send(free).message
    assert held.approval is not None
    suppressed = house.do(
        suppressions.add,
        domain="example.com",
        address=f"gone.{label}@peer.test",
        why="",
        expires_at=None,
        by=ANNA,
        now=house.now,
    )
    policy = "of_" + label.replace(".", "_")
    source = f"name = '{policy}'\n[[rule]]\nname = 'all'\ndecision = 'hold'"
    house.do(policies.add, source, why="", **house.by())
    gate.key(agent.id, Scope.READ)
    notification = house.see(lambda tx: tx.notifications.all(endpoint_id=webhook.id))[0]
    return Estate(
        agent.id,
        {
            "label": label,
            "agent": agent.id,
            "mailbox": mailbox.address,
            "domain": "unproven.example",
            "policy": policy,
            "message_id": message.id,
            "part": str(held.message.attachments[0].part),
            "delivery_id": delivery.id,
            "suppression_id": suppressed.id,
            "thread_id": message.thread_id,
            "thread": message.thread_id,
            "event_id": notification.event_id,
            "request_id": message.request_id,
            "approval_id": held.approval.id,
            "webhook_id": webhook.id,
            "notification_id": notification.id,
            "key_id": house.see(lambda tx: tx.keys.all(owner_id=agent.id))[0].id,
        },
        {
            "messages.attachment": {"message_id": held.message.id},
            "messages.cancel": {"message_id": called_back.id},
        },
    )
