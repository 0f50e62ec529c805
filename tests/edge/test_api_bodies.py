"""Bodies at the API: how large, how many at once, and odd ones at every route."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.exceptions import HTTPException

from loftbox_cli.core import errors
from loftbox_cli.core.key import Scope
from loftbox_cli.core.octet_budget import OctetBudget
from loftbox_cli.edge.api import front, held
from loftbox_cli.edge.api.bodies import SMALL
from tests.edge.api_kit import Client, Gate, document, opened_gate

JSON = {"content-type": "application/json"}
LARGE = {
    "messages.send",
    "messages.reply",
    "messages.reply_all",
    "messages.forward",
    "policies.evaluate",
    "policies.create",
    "policies.update",
    "approvals.edit",
}
# Whatever stands in a field, and wherever: malformed where no two readers agree on it.
MALFORMED = {
    "a name twice": b'{"FIELD":"a","FIELD":"b"}',
    "NaN": b'{"FIELD":NaN}',
    "infinity": b'{"FIELD":Infinity}',
    "half a pair": b'{"FIELD":"\\ud800"}',
    "half a pair within": b'{"FIELD":["\\udc00 \\ud83d"]}',
    "a number of 5,000 digits": b'{"FIELD":' + b"9" * 5_000 + b"}",
    "depth": b'{"FIELD":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "no end": b'{"FIELD":"',
    "no UTF-8": b'{"FIELD":"\xff"}',
}
# JSON, and of a type or value that no field has.
ODD: dict[str, Any] = {
    "a number over all floats": "1e999",
    "a huge whole number": "9" * 300,
    "a negative number": "-1",
    "a fraction": "0.5",
    "lists in lists": "[" * 60 + "]" * 60,
    "an object in the place of a word": '{"a": {"b": []}}',
}


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    with opened_gate(tmp_path_factory.mktemp("gate")) as opened:
        yield opened


@pytest.fixture(scope="module")
def agent_id(gate: Gate) -> str:
    mailbox = gate.house.mailbox("help@example.test")
    assert mailbox.agent_id is not None
    return mailbox.agent_id


@pytest.fixture
def client(gate: Gate, agent_id: str, name: str) -> Client:
    """Who may call the operation."""
    if name.startswith("messages.") or name == "policies.evaluate":
        return gate.agent(agent_id)
    return gate.operator()


def writing() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation that may have a body, with its path; parameters name what is not there."""
    for path, operations in document()["paths"].items():
        for method in operations.keys() & {"post", "patch"}:
            yield method.upper(), re.sub(r"\{[^}]+\}", "x", path), operations[method]


def fields_of(operation: dict[str, Any]) -> list[str]:
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        return []
    name = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
    return list(document()["components"]["schemas"][name]["properties"])


OPERATIONS = {operation["operationId"]: (method, path, operation) for method, path, operation in writing()}
WITH_BODY = {name: each for name, each in OPERATIONS.items() if fields_of(each[2])}


@pytest.mark.rule("D12")
@pytest.mark.parametrize("name", sorted(WITH_BODY))
async def test_no_route_takes_json_that_is_none(client: Client, name: str) -> None:
    method, path, operation = WITH_BODY[name]
    for octets in MALFORMED.values():
        body = octets.replace(b"FIELD", fields_of(operation)[0].encode())
        answer = await client.ask(method, path, content=body, headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


@pytest.mark.rule("D12")
@pytest.mark.parametrize("name", sorted(WITH_BODY))
async def test_odd_values_are_never_a_defect_and_a_wrong_type_is_told_by_its_field(
    client: Client, name: str
) -> None:
    method, path, operation = WITH_BODY[name]
    for field in fields_of(operation):
        for text in ODD.values():
            body = f"{{{json.dumps(field)}: {text}}}".encode()
            answer = await client.ask(method, path, content=body, headers=JSON)
            assert 400 <= answer.status_code < 500
            problem = answer.json()
            assert problem["status"] == answer.status_code
            if problem["code"] == "invalid":
                assert problem["errors"][0]["field"]
        # An object of objects fits no field: those that map words to words want words.
        body = json.dumps({field: {"a": {"b": []}}}).encode()
        answer = await client.ask(method, path, content=body, headers=JSON)
        told = [each["field"] for each in answer.json()["errors"]]
        assert any(each.startswith(field) for each in told), (field, told)


@pytest.mark.rule("D12")
@pytest.mark.parametrize("name", sorted(WITH_BODY))
@pytest.mark.parametrize("body", ["[]", "null", '"text"', "7", "true"])
async def test_what_is_no_object_is_no_request(client: Client, name: str, body: str) -> None:
    method, path, _ = WITH_BODY[name]
    answer = await client.ask(method, path, content=body.encode(), headers=JSON)
    assert (answer.status_code, answer.json()["field"]) == (422, "body")


@pytest.mark.rule("D12")
@pytest.mark.parametrize("name", sorted(OPERATIONS))
async def test_only_what_carries_mail_or_a_policy_may_be_large(client: Client, name: str) -> None:
    method, path, _ = OPERATIONS[name]
    answer = await client.ask(method, path, content=b" " * (SMALL + 1), headers=JSON)
    if name in WITH_BODY:
        assert answer.status_code == (400 if name in LARGE else 413)
    else:
        assert 400 <= answer.status_code < 500


async def test_large_bodies_at_once_are_bounded_and_their_sender_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    budgets: list[OctetBudget] = []

    class Watched(OctetBudget):
        def __init__(self, limit: int) -> None:
            assert limit == held.MOST_HELD
            super().__init__(3_000)
            budgets.append(self)

    monkeypatch.setattr(front, "OctetBudget", Watched)
    with opened_gate(tmp_path) as gate:
        await fill(gate.operator())
    (budget,) = budgets
    assert budget.held == 0


async def fill(operator: Client) -> None:
    """Send too much with its length said, too much with it unsaid, and as much as there is room for."""
    answer = await operator.ask("POST", "/v1/messages", content=b" " * 3_001, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (503, errors.TryLater.code)
    assert (answer.headers["retry-after"], answer.headers["connection"]) == (str(held.COME_BACK), "close")

    async def unsaid() -> Any:
        for _ in range(4):
            yield b" " * 1_000

    answer = await operator.ask("POST", "/v1/messages", content=unsaid(), headers=JSON)
    assert answer.status_code == 503
    answer = await operator.ask("POST", "/v1/messages", content=b" " * 3_000, headers=JSON)
    assert answer.status_code == 400


async def test_two_requests_share_the_budget() -> None:
    budget = OctetBudget(1_000)
    first, second = held.Held(budget), held.Held(budget)

    async def receive() -> Any:
        return {"type": "http.request", "body": b" " * 600, "more_body": False}

    await first.counted(receive, "600")()
    with pytest.raises(HTTPException) as refused:
        await second.counted(receive, "600")()
    assert refused.value.status_code == 503
    first.give_back()
    second.give_back()
    await second.counted(receive, "")()
    assert budget.held == 600


async def test_a_body_whose_sender_leaves_is_malformed_and_no_defect_of_ours(
    gate: Gate, agent_id: str
) -> None:
    sent: list[dict[str, Any]] = []
    key = gate.key(agent_id, Scope.SEND)

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/v1/messages",
        "root_path": "",
        "query_string": b"",
        "headers": [
            (b"authorization", f"Bearer {key}".encode()),
            (b"content-type", b"application/json"),
            (b"content-length", b"10"),
        ],
        "client": ("127.0.0.1", 1),
    }
    await gate.app(scope, receive, send)
    assert sent[0]["status"] == 400
    assert json.loads(sent[1]["body"])["code"] == "malformed"
