"""What the API says when it does not do something, and that it never says too much."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from structlog.testing import capture_logs

from loftbox_cli.core import errors
from loftbox_cli.core.errors import LoftBoxError
from loftbox_cli.core.ids import RequestId
from loftbox_cli.core.key import Scope
from loftbox_cli.edge.api import bodies, problems
from loftbox_cli.edge.api.agents import NewAgent
from tests.edge.api_kit import Client, Gate, opened_gate

STATUS = {
    "LoftBoxError": 500,
    "BadInput": 422,
    "BadAddress": 422,
    "TooLarge": 422,
    "UnknownParameter": 422,
    "KeyReused": 422,
    "NotFound": 404,
    "UnknownRecipient": 404,
    "UnknownDomain": 404,
    "Conflict": 409,
    "AlreadyExists": 409,
    "AlreadyDecided": 409,
    "StaleRevision": 409,
    "LeaseLost": 409,
    "Paused": 409,
    "Refused": 403,
    "NotAuthenticated": 401,
    "NotAllowed": 403,
    "OwnSubmission": 403,
    "TargetRefused": 403,
    "TryLater": 503,
    "StoreBusy": 503,
    "StoreFailed": 503,
    "DiskLow": 507,
    "NoAnswer": 503,
    "ReaderDied": 503,
    "TooMany": 429,
    "BadConfiguration": 500,
    "NotInitialised": 500,
    "NoMasterKey": 500,
    "AlreadyRunning": 500,
    "NewerStore": 500,
    "DamagedStore": 500,
}


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with opened_gate(tmp_path) as opened:
        yield opened


@pytest.fixture
def operator(gate: Gate) -> Client:
    return gate.operator()


def tree(root: type[LoftBoxError] = LoftBoxError) -> Iterator[type[LoftBoxError]]:
    yield root
    for kind in root.__subclasses__():
        yield from tree(kind)


def told(error: LoftBoxError) -> tuple[int, dict[str, Any], dict[str, str]]:
    response = problems.problem_for(error, "req_1")
    return response.status_code, json.loads(bytes(response.body)), dict(response.headers)


def test_every_error_of_ours_has_its_status() -> None:
    kinds = [kind for kind in tree() if kind.__module__ == errors.__name__]
    assert {kind.__name__: told(kind("fact"))[0] for kind in kinds} == STATUS


def test_a_problem_names_the_fact_the_next_step_and_the_field() -> None:
    status, document, headers = told(errors.BadInput("too long", fix="shorten it", field="name"))
    assert document == {
        "type": "urn:loftbox:problem:invalid",
        "title": "The request cannot be understood",
        "status": 422,
        "detail": "too long",
        "code": "invalid",
        "fix": "shorten it",
        "request_id": "req_1",
        "field": "name",
        "errors": [{"field": "name", "detail": "too long"}],
    }
    assert (status, headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize("kind", [errors.StoreBusy, errors.DamagedStore, errors.NoMasterKey, errors.DiskLow])
def test_outsiders_do_not_read_what_is_wrong_with_the_house(kind: type[LoftBoxError]) -> None:
    _, document, _ = told(kind("the file /srv/secret.db is locked", fix="look at /srv"))
    assert "/srv" not in json.dumps(document)


@pytest.mark.parametrize("kind", [errors.StoreBusy, errors.DiskLow, errors.TooMany])
def test_who_is_to_come_again_learns_when(kind: type[LoftBoxError]) -> None:
    assert int(told(kind("later"))[2]["retry-after"]) > 0


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "no_such_path"),
        ("GET", "/v1/agents/", 404, "no_such_path"),
        ("DELETE", "/v1/agents", 405, "method_not_allowed"),
        ("GET", "/v1/agents?limit=0", 422, "invalid"),
        ("GET", "/v1/agents?limit=201", 422, "invalid"),
        ("GET", "/v1/agents?cursor=agent_0000000000000000", 422, "invalid"),
        ("GET", "/v1/agents?color=red", 422, "invalid"),
        ("GET", "/v1/events?cursor=x", 422, "invalid"),
        ("GET", "/v1/events?type=message.eaten", 422, "invalid"),
        ("GET", "/v1/messages/msg_1/attachments/x", 422, "invalid"),
        ("GET", "/v1/agents/%00%ff", 404, "not_found"),
    ],
)
async def test_what_cannot_be_asked_is_a_problem_too(
    operator: Client, method: str, path: str, status: int, code: str
) -> None:
    answer = await operator.ask(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["fix"]


async def test_a_path_that_is_not_there_and_a_method_that_it_lacks_are_named(operator: Client) -> None:
    lost = (await operator.get("/v1/nothing")).json()
    assert (lost["detail"], lost["fix"]) == (
        "there is no path /v1/nothing",
        "/openapi.json lists every path",
    )
    wrong = await operator.ask("DELETE", "/v1/agents")
    assert wrong.json()["detail"] == "/v1/agents knows no DELETE"
    assert wrong.headers["allow"] == "GET, POST"
    assert wrong.json()["fix"] == "it knows GET, POST"


@pytest.mark.parametrize(
    ("body", "detail", "fix"),
    [
        ([], "body: it has to be an object", "/openapi.json tells its form"),
        ({}, "mailbox: it is missing", "send it; /openapi.json tells its form"),
        ({"mailbox": "m", "to": "a@b.test"}, "to: it has to be a list", "/openapi.json tells its form"),
        ({"mailbox": "m", "subject": 5}, "subject: it has to be a text", "/openapi.json tells its form"),
        ({"mailbox": "m", "sbject": ""}, "sbject: there is no such field", "leave it out; /openapi.json"),
        ({"mailbox": "m", "scheduled_at": "tomorrow"}, "scheduled_at: it has to be", "write it like 2026-"),
    ],
)
async def test_a_field_that_does_not_fit_is_told_with_the_next_step(
    gate: Gate, body: Any, detail: str, fix: str
) -> None:
    agent = gate.agent(gate.house.agent().id, Scope.SEND)
    told = (await agent.post("/v1/messages", body)).json()
    assert told["detail"].startswith(detail)
    assert told["fix"].startswith(fix)


@pytest.mark.rule("D9")
@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v1/agents", {"name": "n", "purpose": "p", "owner": "o", "id": "agent_1"}, "id"),
        ("/v1/agents", {"name": "n", "purpose": "p", "owner": "o", "created_at": "2026"}, "created_at"),
        ("/v1/agents", {"name": "n", "purpose": "p"}, "owner"),
        ("/v1/agents", {"name": 7, "purpose": "p", "owner": "o"}, "name"),
        ("/v1/agents", {"name": True, "purpose": "p", "owner": "o"}, "name"),
        ("/v1/agents", {"name": "n\r\nx", "purpose": "p", "owner": "o"}, "name"),
        ("/v1/agents", [], "body"),
        ("/v1/agents", "text", "body"),
        ("/v1/domains", {"name": "not a domain", "use_case": "u"}, "name"),
        ("/v1/domains", {"name": "example.com", "use_case": "u", "review": "approved"}, "review"),
        ("/v1/mailboxes", {"address": "a@b.example", "agent": "a", "oversight": "none"}, "oversight"),
        ("/v1/webhooks", {"url": "ftp://peer.test/"}, "url"),
        ("/v1/webhooks", {"url": "https://peer.test/", "events": ["message.eaten"]}, "events"),
        ("/v1/keys", {"owner_id": "x", "name": "n", "scopes": []}, "scopes"),
        ("/v1/keys", {"owner_id": "x", "name": "n", "scopes": ["all"]}, "scopes[0]"),
        ("/v1/keys", {"owner_id": "x", "name": "n", "scopes": ["read"], "expires_in": "1y"}, "expires_in"),
        ("/v1/approvals/apr_1/approve", {"revision": "1"}, "revision"),
        ("/v1/approvals/apr_1/approve", {"revision": 1.0}, "revision"),
        ("/v1/approvals/apr_1/approve", {"revision": 1, "state": "approved"}, "state"),
    ],
)
async def test_a_body_has_the_documented_fields_and_types_alone(
    gate: Gate, operator: Client, path: str, body: Any, field: str
) -> None:
    before = gate.house.rows()
    answer = await operator.post(path, body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert answer.json()["fix"]
    assert answer.json()["errors"][0]["field"] == field
    assert gate.house.rows() == before


ODD = {
    "a name twice": b'{"name":"a","name":"b","purpose":"p","owner":"o"}',
    "NaN": b'{"name":NaN}',
    "infinity": b'{"name":-Infinity}',
    "a huge number": b'{"name":' + b"9" * 5_000 + b"}",
    "depth": b"[" * 100_000,
    "depth that closes": b"[" * 50_000 + b"]" * 50_000,
    "half": b'{"name":',
    "nothing but space": b" ",
    "comma": b'{"name":"a",}',
    "two documents": b"{}{}",
    "a NUL": b'{"name":"\x00"}',
    "no UTF-8": b'{"name":"\xff"}',
    "UTF-16": '{"name":"a"}'.encode("utf-16"),
    "a mark before": b"\xef\xbb\xbf{}",
    "single quotes": b"{'name':'a'}",
    "half a pair": b'{"name":"\\ud800","purpose":"p","owner":"o"}',
    "half a pair as a name": b'{"name":"n","purpose":"p","owner":"o","\\udfff":1}',
    "half a pair in the wrong order": b'{"name":"\\uDE00\\uD83D"}',
    "more values than anybody means": b'{"name":[' + b"[]," * bodies.MOST_VALUES + b"[]]}",
    "more strings than anybody means": b'{"name":[' + b'"",' * bodies.MOST_VALUES + b'""]}',
    "a string without an end": b'{"name":"' + b'\\",' * bodies.MOST_VALUES,
}


@pytest.mark.rule("D12")
@pytest.mark.parametrize("octets", ODD.values(), ids=ODD)
async def test_what_is_no_json_is_malformed(operator: Client, octets: bytes) -> None:
    answer = await operator.ask(
        "POST", "/v1/messages", content=octets, headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


@pytest.mark.rule("D12")
@pytest.mark.parametrize(
    "octets",
    [
        b'{"name":"n","purpose":"p","owner":1e999}',
        b"null",
        b'{"a":' * 40 + b"1" + b"}" * 40,
    ],
    ids=["over all floats", "null", "nested"],
)
@pytest.mark.parametrize("key", ["", "twice"])
async def test_json_that_nobody_means_is_refused(operator: Client, octets: bytes, key: str) -> None:
    headers = {"content-type": "application/json"} | ({"idempotency-key": key} if key else {})
    answer = await operator.ask("POST", "/v1/agents", content=octets, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_punctuation_in_a_text_is_no_value() -> None:
    text = ',[{"\\' * bodies.MOST_VALUES + "\U0001f600"
    assert bodies.read_json(json.dumps({"text": text}).encode()) == {"text": text}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
)


@pytest.mark.rule("D12")
@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_body_is_read_or_refused(octets: bytes) -> None:
    assert status_of_reading(octets) in (200, 400)


def status_of_reading(octets: bytes) -> int:
    try:
        bodies.read_json(octets)
    except HTTPException as error:
        return error.status_code
    return 200


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(value=JSON)
async def test_no_json_is_a_defect(operator: Client, value: Any) -> None:
    headers = {"content-type": "application/json", "idempotency-key": "k"}
    octets = json.dumps({"name": value, "purpose": "p", "owner": "o"}).encode()
    answer = await operator.ask("POST", "/v1/agents", content=octets, headers=headers)
    assert answer.status_code < 500


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/json", "content-encoding": "gzip"},
        {"content-type": ""},
    ],
)
async def test_only_plain_json_is_taken(operator: Client, headers: dict[str, str]) -> None:
    answer = await operator.ask("POST", "/v1/agents", content=b"{}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert "Content-Type: application/json" in answer.json()["fix"]


async def test_a_body_over_the_limit_is_cut_off_whether_its_length_is_said_or_not(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NewAgent, "MOST_OCTETS", 1_000)
    taken = 0

    async def endless() -> Any:
        nonlocal taken
        while True:
            taken += 100
            yield b" " * 100

    headers = {"content-type": "application/json"}
    unsaid = await operator.ask("POST", "/v1/agents", content=endless(), headers=headers)
    said = await operator.ask("POST", "/v1/agents", content=b" " * 1_001, headers=headers)
    for answer in (unsaid, said):
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
        assert answer.headers["connection"] == "close"
    assert taken <= 1_100


async def test_a_defect_of_ours_is_logged_and_tells_nothing(tmp_path: Path) -> None:
    async def broken(*_: Any) -> Any:
        raise RuntimeError("/srv/secret")

    with opened_gate(tmp_path, look=broken) as gate, capture_logs() as logged:
        gate.house.domain("example.com")
        answer = await gate.operator().post("/v1/domains/example.com/verify")
    assert (answer.status_code, answer.json()["code"]) == (500, "error")
    (defect,) = [each for each in logged if each["event"] == "defect"]
    assert (defect["log_level"], defect["request_id"]) == ("error", answer.headers["x-request-id"])
    assert "secret" not in answer.text
    assert "RuntimeError" not in answer.text


async def test_a_store_that_cannot_be_written_is_a_matter_of_time(tmp_path: Path) -> None:
    async def busy(*_: Any) -> Any:
        raise errors.StoreBusy("the file is locked")

    with opened_gate(tmp_path, look=busy) as gate:
        gate.house.domain("example.com")
        answer = await gate.operator().post("/v1/domains/example.com/verify")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_every_answer_has_an_id_of_its_own_and_is_kept_by_nobody(operator: Client) -> None:
    answers: list[httpx2.Response] = [await operator.get("/v1/agents") for _ in range(3)]
    assert len({RequestId(answer.headers["x-request-id"]) for answer in answers}) == 3
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
    assert {answer.headers["x-content-type-options"] for answer in answers} == {"nosniff"}
