"""The API on a real store: keys for whoever calls, DNS as a dict, and answers held to the document."""

import asyncio
import contextlib
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import jsonschema_rs
import pytest
from fastapi import FastAPI

from loftbox_cli.core.dkim_key import Algorithm, DkimKey
from loftbox_cli.core.dns import DnsAnswer, Found, NoSuchName
from loftbox_cli.core.domain import Domain
from loftbox_cli.core.ids import RequestId
from loftbox_cli.core.key import Scope
from loftbox_cli.core.look import summed_up
from loftbox_cli.core.records import Record
from loftbox_cli.edge.api.app import build
from loftbox_cli.edge.api.ports import Api
from loftbox_cli.edge.mail_auth.signing import DkimSigner
from loftbox_cli.edge.mail_read.attached import attached
from loftbox_cli.edge.resolver.domain_check import look
from loftbox_cli.edge.system.chance import secret_octets
from loftbox_cli.edge.system.master_key import MasterKey
from loftbox_cli.edge.system.sealer import MasterKeySealer
from loftbox_cli.services import domains, keys
from tests.services.house import TAG_SECRET, House, opened_house

HOST = "mail.gateway.test"


@cache
def made_once(algorithm: Algorithm) -> DkimKey:
    return DkimSigner().new_key(algorithm, "")


class Signer(DkimSigner):
    """The real one; but it makes each kind of key only once, for that takes long."""

    def new_key(self, algorithm: Algorithm, selector: str) -> DkimKey:
        return replace(made_once(algorithm), selector=selector)


@dataclass
class Zone:
    """DNS as a dict."""

    answers: dict[tuple[str, str], tuple[str, ...]] = field(
        default_factory=lambda: {(HOST, "A"): ("192.0.2.1",)}
    )

    async def ask(self, name: str, kind: str) -> DnsAnswer:
        values = self.answers.get((name, kind))
        return Found(values) if values else NoSuchName(name)

    def publish(self, records: list[dict[str, Any]]) -> None:
        for record in records:
            self.answers[record["name"], record["kind"]] = (record["value"],)


class Change:
    """Wakes who waits when the store has committed; `waits` is released whenever somebody begins to wait."""

    def __init__(self, house: House) -> None:
        self.waits = asyncio.Semaphore(0)
        self._waiting: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        house.store.on_commit(self._wake)

    def _wake(self) -> None:
        for event, loop in list(self._waiting.items()):
            loop.call_soon_threadsafe(event.set)

    async def wait(self, seconds: float) -> None:
        event = asyncio.Event()
        self._waiting[event] = asyncio.get_running_loop()
        self.waits.release()
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            pass
        finally:
            del self._waiting[event]


@dataclass
class Gate:
    """A gateway with its API."""

    house: House
    app: FastAPI
    zone: Zone
    change: Change
    sealer: MasterKeySealer

    def key(self, owner_id: str, *scopes: Scope) -> str:
        made = self.house.do(
            keys.create,
            owner_id=owner_id,
            name="test",
            scopes=frozenset(scopes),
            secret=secret_octets(),
            expires_at=None,
            **self.house.by(),
        )
        return made.text

    @property
    def operator_id(self) -> str:
        person = self.house.see(lambda tx: tx.persons.find(name="Anna"))
        assert person is not None
        return person.id

    def operator(self, *scopes: Scope) -> "Client":
        """Who runs the gateway."""
        return self.client(self.key(self.operator_id, *(scopes or (Scope.READ, Scope.MANAGE, Scope.APPROVE))))

    def agent(self, agent_id: str, *scopes: Scope) -> "Client":
        return self.client(self.key(agent_id, *(scopes or (Scope.SEND, Scope.READ))))

    def client(self, key: str = "") -> "Client":
        return Client(self.app, {"authorization": f"Bearer {key}"} if key else {})


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document, which is the same for every gateway."""
    with tempfile.TemporaryDirectory() as folder, opened_gate(Path(folder)) as gate:
        return gate.app.openapi()


class Client:
    """Asks the app without a network, and holds each answer to what the OpenAPI document says."""

    def __init__(self, app: FastAPI, headers: dict[str, str]) -> None:
        self._http = httpx2.AsyncClient(
            # As a server does: an exception of the app is for the log.
            transport=httpx2.ASGITransport(app=app, raise_app_exceptions=False),
            base_url="http://loftbox.test",
            headers=headers,
        )

    async def get(self, path: str, **given: Any) -> httpx2.Response:
        return await self.ask("GET", path, **given)

    async def post(self, path: str, body: Any = None, **given: Any) -> httpx2.Response:
        return await self.ask("POST", path, **({} if body is None else {"json": body}), **given)

    async def ask(self, method: str, path: str, **given: Any) -> httpx2.Response:
        response = await self._http.request(method, path, **given)
        conforms(method, response)
        return response


def conforms(method: str, response: httpx2.Response) -> None:
    """Fail unless the answer has the form that the document promises."""
    assert response.headers["x-request-id"].startswith("req_")
    media_type = response.headers.get("content-type", "").partition(";")[0]
    if response.is_error:
        assert media_type == "application/problem+json"
        name = "Problem"
        assert response.json()["request_id"] == response.headers["x-request-id"]
    else:
        operation = _operation(method, response.request.url.path)
        promised = operation["responses"][str(response.status_code)]["content"]
        assert media_type in promised
        if media_type != "application/json":
            return
        reference = promised[media_type]["schema"].get("$ref")
        if reference is None:
            return
        name = reference.rpartition("/")[2]
    schema = {"$ref": f"#/components/schemas/{name}", "components": document()["components"]}
    errors = [
        error.message for error in jsonschema_rs.Draft202012Validator(schema).iter_errors(response.json())
    ]
    assert errors == []
    properties = document()["components"]["schemas"][name]["properties"]
    assert response.json().keys() == properties.keys()


def _operation(method: str, path: str) -> dict[str, Any]:
    if path in document()["paths"]:
        return dict(document()["paths"][path][method.lower()])
    for template, operations in document()["paths"].items():
        pattern = re.sub(r"\{[^}]+\}", "[^/]+", template)
        if method.lower() in operations and re.fullmatch(pattern, path):
            return dict(operations[method.lower()])
    pytest.fail(f"{method} {path} is not in the document")


@contextlib.contextmanager
def opened_gate(folder: Path, **changes: Any) -> Iterator[Gate]:
    with opened_house(folder) as house:
        zone, change = Zone(), Change(house)
        sealer = MasterKeySealer(MasterKey(bytes(32), "test"))

        def records(domain: Domain) -> tuple[Record, ...]:
            return house.see(
                domains.records, domain, host=HOST, addresses=(), dmarc_rua=f"postmaster@{domain.name}"
            )

        async def looked(domain: Domain, request_id: RequestId) -> Domain:
            findings = await look(records(domain), zone)
            return await house.store.write_soon(
                domains.looked, domain.id, summed_up(findings), request_id=request_id, now=house.now
            )

        api = Api(
            store=house.store,
            clock=house.clock,
            mint=house.mint,
            chance=secret_octets,
            signer=Signer(),
            sealer=sealer,
            records=records,
            look=looked,
            attached=attached,
            wait_for_change=change.wait,
            check_room=lambda: None,
            store_failed=lambda: False,
            tag_secret=TAG_SECRET,
            approve_domains=True,
        )
        yield Gate(house, build(replace(api, **changes)), zone, change, sealer)
