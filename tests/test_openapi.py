"""The API and the document that describes it agree, whatever is sent.

Schemathesis makes requests from the document, good ones and bad ones, and holds the
answers to it: a status or a form that is not described, a 5xx, or a bad request that
is taken are defects. Ids that nobody has end in 404, so half of the good requests
name things that are there.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.schemas import OpenApiSchema

from loftbox_cli.core.draft import Draft, File
from loftbox_cli.core.ids import MessageId
from loftbox_cli.core.key import AGENT_SCOPES, PERSON_SCOPES, read_key
from loftbox_cli.core.mailbox import Mailbox, Oversight
from loftbox_cli.core.page import Page
from loftbox_cli.core.reading import Party
from loftbox_cli.services import policies, submit, suppressions, webhooks
from loftbox_cli.services.gate import Passed
from loftbox_cli.services.tx import Viewer
from tests.edge.api_kit import Gate, opened_gate
from tests.services.house import ANNA, TAG_SECRET

Operation = APIOperation[Any, Any, Any, Any]
Request = Case[Any]

GOOD, BAD = 4, 6  # requests of one kind for each operation
UNENDING = {"events.stream"}
WITHOUT_INPUT = {"health.check"}  # no bad request can be made of nothing
ANSWERS = {"messages.reply", "messages.reply_all"}
OF_A_MESSAGE = ANSWERS | {"messages.send", "messages.forward", "policies.evaluate"}
ADDRESS = "help@example.com"
POLICY = 'name = "{name}"\n[[rule]]\nname = "all"\ndecision = "hold"\n'


# Constraints that JSON Schema cannot say, such as whose address it is, are answered with 422.
UNCHECKED = ("positive_data_acceptance",)


@dataclass(frozen=True)
class World:
    """A gateway with one of everything, who may ask it, and what may be named in requests.

    `named` are values of path parameters and of fields of bodies, by their name; `only`
    holds those of single operations. `succeeded` fills with the operations that did.
    """

    schema: OpenApiSchema
    keys: dict[str, str]
    named: dict[str, Any]
    only: dict[str, dict[str, Any]]
    succeeded: set[str] = field(default_factory=set)

    def operations(self) -> dict[str, Operation]:
        found = [result.ok() for result in self.schema.get_all_operations() if isinstance(result, Ok)]
        return {each.definition.raw["operationId"]: each for each in found}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    async def at_once(_seconds: float) -> None:
        """Nothing happens while these requests wait."""

    with opened_gate(tmp_path_factory.mktemp("openapi"), wait_for_change=at_once) as gate:
        yield furnished(gate)


def furnished(gate: Gate) -> World:
    house = gate.house
    helper = house.agent("helper")
    endpoint = house.endpoint(agent_id=helper.id)
    mailbox = house.mailbox(ADDRESS, helper, Oversight.GATED_ALL)
    (received,) = house.receive(ADDRESS)
    file = File("order.pdf", "application/pdf", b"%PDF-1.7")
    draft = Draft(to=(Party("jane@peer.test"),), subject="Your order", attachments=(file,))
    sent, other, edited = (send(gate, mailbox, draft) for _ in range(3))
    assert sent.approval is not None
    assert other.approval is not None
    assert edited.approval is not None
    house.do(policies.add, POLICY.format(name="orders"), why="", **house.by())
    told = house.see(webhooks.notifications, endpoint.id, Page(), Viewer())
    suppressed = house.do(
        suppressions.add,
        domain="example.com",
        address="gone@peer.test",
        why="",
        expires_at=None,
        by=ANNA,
        now=house.now,
    )
    desk = house.mailbox("desk@example.com", helper)
    waiting, unwanted = house.send(desk, "jane@peer.test", "joe@peer.test").deliveries
    called_back = house.send(desk)
    spare = gate.key(helper.id, *AGENT_SCOPES)
    return World(
        schema=schemathesis.openapi.from_asgi("/openapi.json", gate.app),
        keys={
            "operator": gate.key(gate.operator_id, *PERSON_SCOPES),
            "agent": gate.key(helper.id, *AGENT_SCOPES),
        },
        named={
            "agent": helper.id,
            "mailbox": ADDRESS,
            "domain": "example.com",
            "message_id": received.id,
            "thread_id": received.thread_id,
            "event_id": house.told()[0].id,
            "approval_id": sent.approval.id,
            "delivery_id": waiting.id,
            "destination": "peer.test",
            "state": "queued",
            "webhook_id": endpoint.id,
            "notification_id": told.items[0].notification.id,
            "suppression_id": suppressed.id,
            "key_id": read_key(spare)[0],
            "part": sent.message.attachments[0].part,
            "revision": 1,
            "to": ["Jane Doe <jane@peer.test>"],
            "cc": [],
            "bcc": [],
            "attachments": [],
            "headers": {"X-Order": "4711"},
            "metadata": {"order": "4711"},
            "labels": ["orders"],
            "subject": "Your order",
            "text": "It is on its way.",
            "html": "",
            "in_reply_to": "",
            "context": {"step": "answer"},
            "scheduled_at": "2026-11-22T09:00:00Z",
            "expires_after": "5d",
            "policy": "orders",
            "source": POLICY.format(name="shipping"),
            "why": "",
            "scope": "mailbox",
            "target": ADDRESS,
            "name": "another.example.com",
            "purpose": "answers",
            "owner": "Anna",
            "use_case": "support replies",
            "owner_id": helper.id,
            "scopes": ["read"],
            "expires_in": "30d",
            "address": "orders@example.com",
            "display_name": "Orders",
            "url": "https://hooks.peer.test/orders",
            "events": ["message.received"],
        },
        only={
            "policies.update": {"source": POLICY.format(name="orders")},
            "domains.update": {"smarthost": "direct", "password": ""},
            "deliveries.cancel": {"delivery_id": unwanted.id},
            "approvals.edit": {"approval_id": edited.approval.id, "approve": False},
            "approvals.reject": {"approval_id": other.approval.id},
            "messages.cancel": {"message_id": called_back.message.id},
            "messages.attachment": {"message_id": sent.message.id},
        },
    )


def send(gate: Gate, mailbox: Mailbox, draft: Draft) -> Passed:
    house = gate.house
    on = house.see(submit.grounds, mailbox.id, draft, Viewer())
    prepared = submit.prepare(draft, on, message_id=MessageId(house.mint("msg")), tag_secret=TAG_SECRET)
    return house.do(
        submit.send, prepared, by=house.sender(mailbox), request_id=house.request(), now=house.now
    )


def name_what_is_there(case: Request, world: World) -> None:
    """Put real things in the place of invented ones."""
    operation = case.operation.definition.raw["operationId"]
    named = {**world.named, **world.only.get(operation, {})}
    for name in case.path_parameters:
        case.path_parameters[name] = named[name]
    case.headers.pop("Idempotency-Key", None)
    if isinstance(case.body, dict):
        case.body = {name: named.get(name, value) for name, value in case.body.items()}
        if operation == "approvals.edit":  # which has to change something
            case.body["text"] = named["text"]
        if operation in OF_A_MESSAGE:  # whose text may be left out, but not everything
            case.body["text"] = named["text"]
        if operation in OF_A_MESSAGE - ANSWERS:  # an answer goes by itself to who wrote
            case.body["to"] = named["to"]


def ask(case: Request, world: World, who: str, *, real: bool = False) -> None:
    if real:
        name_what_is_there(case, world)
    if case.operation.path.endswith("/wait") and case.query.get("timeout", 1) in range(1, 61):
        case.query["timeout"] = 0  # nobody brings the change that would end the wait
    response = case.call(headers={"Authorization": f"Bearer {world.keys[who]}"})
    if response.status_code < 300:
        world.succeeded.add(case.operation.definition.raw["operationId"])
    unchecked: list[Any] = [CHECKS.get_one(name) for name in UNCHECKED]
    case.validate_response(response, excluded_checks=unchecked)


def try_out(requests: SearchStrategy[Request], examples: int, use: Callable[[Request], None]) -> None:
    """Make some requests, the same ones in each run."""
    given(requests)(
        settings(
            max_examples=examples,
            phases=[Phase.generate],
            derandomize=True,
            database=None,
            deadline=None,
            # Schemathesis filters what it makes, and a slow machine is no defect.
            suppress_health_check=list(HealthCheck),
        )(use)
    )()


def test_the_document_is_valid_openapi_3_1(world: World) -> None:
    world.schema.validate()
    assert world.schema.raw_schema["openapi"].startswith("3.1")


def test_every_operation_says_its_name_what_it_does_and_what_it_answers(world: World) -> None:
    unsaid = []
    for path, item in world.schema.raw_schema["paths"].items():
        for method, operation in item.items():
            answers = operation["responses"]
            good = [answer for status, answer in answers.items() if status.startswith("2")]
            problem = answers.get("default", {}).get("content", {})
            said = (
                re.fullmatch(r"[a-z]+\.[a-z_]+", operation.get("operationId", ""))
                and operation.get("summary")
                and operation.get("description")
                and good
                and all(answer["description"] and answer["content"] for answer in good)
                and problem.keys() == {"application/problem+json"}
            )
            if not said:
                unsaid.append(f"{method.upper()} {path}")
    assert unsaid == []


def test_operation_ids_are_unique(world: World) -> None:
    items = world.schema.raw_schema["paths"].values()
    names = [operation["operationId"] for item in items for operation in item.values()]
    assert len(names) == len(set(names))


def test_good_requests_get_what_the_document_promises(world: World) -> None:
    for (name, operation), who, real in product(world.operations().items(), world.keys, (True, False)):
        if name not in UNENDING:
            try_out(operation.as_strategy(), GOOD, lambda case: ask(case, world, who, real=real))  # noqa: B023  called at once
    # Else problems alone were compared with problems.
    assert set(world.operations()) - world.succeeded - UNENDING == set()


def test_bad_requests_are_refused_as_the_document_promises(world: World) -> None:
    for name, operation in world.operations().items():
        if name not in UNENDING | WITHOUT_INPUT:
            bad = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
            try_out(bad, BAD, lambda case: ask(case, world, "operator"))
