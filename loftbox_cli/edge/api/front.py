"""What every request passes first: it gets its id, shows its key, is counted, and ends in the log.

The key is looked at before anything of the body is read. Whatever goes wrong
further in is answered here, and a defect of ours without a word about its nature.
"""

import asyncio
from dataclasses import dataclass
from ipaddress import ip_network

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from loftbox_cli.core.errors import LoftBoxError, NotAuthenticated, TooMany
from loftbox_cli.core.octet_budget import OctetBudget
from loftbox_cli.core.peer_limits import PeerLimits, PeerRates
from loftbox_cli.edge.api import problems
from loftbox_cli.edge.api.held import MOST_HELD, Held
from loftbox_cli.edge.api.ports import Api
from loftbox_cli.edge.api.proxies import client_of
from loftbox_cli.services import keys
from loftbox_cli.services.keys import Principal

MOST_BAD_KEYS = 30  # of one address in ten minutes
OPEN_PATHS = frozenset({"/healthz", "/openapi.json"})

log = structlog.get_logger("api")


@dataclass(slots=True)
class _Answer:
    """What has gone out so far."""

    status: int = 0


class Front:
    """The outermost layer of the app."""

    def __init__(self, app: ASGIApp, api: Api) -> None:
        self._app = app
        self._api = api
        self._budget = OctetBudget(MOST_HELD)
        self._peers = PeerLimits(PeerRates(guesses=MOST_BAD_KEYS))
        self._proxies = [ip_network(network) for network in api.trusted_proxies]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = asyncio.get_running_loop().time()
        answer = _Answer()
        state = scope.setdefault("state", {})
        request_id = state["request_id"] = self._api.mint("req")
        try:
            await self._serve(scope, receive, _labelled(send, request_id, answer), request_id, answer)
        finally:
            took = round((asyncio.get_running_loop().time() - began) * 1000)
            principal = state.get("principal")
            log.info(
                "request",
                request_id=request_id,
                method=scope["method"],
                path=scope["path"],
                status=answer.status,
                took=took,
                key_id=principal.key_id if principal else None,
            )

    async def _serve(
        self, scope: Scope, receive: Receive, send: Send, request_id: str, answer: _Answer
    ) -> None:
        headers = Headers(scope=scope)
        held = Held(self._budget)
        try:
            if scope["path"] not in OPEN_PATHS:
                scope["state"]["principal"] = self._authenticated(headers, scope)
            await self._app(scope, held.counted(receive, headers.get("content-length", "")), send)
        except LoftBoxError as error:
            if problems.row_for(error).status >= 500:
                log.warning("not done", request_id=request_id, code=error.code, fact=error.fact)
            response = problems.problem_for(error, request_id)
        except Exception:
            log.exception("defect", request_id=request_id)
            if answer.status:
                raise  # half an answer is out: only an end of the connection says that it is no whole one
            response = problems.defect(request_id)
        else:
            return
        finally:
            held.give_back()
        await response(scope, receive, send)

    def _authenticated(self, headers: Headers, scope: Scope) -> Principal:
        """Look at the key. A good one is always let in; bad ones from one address are soon told to stop."""
        kind, _, text = headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer":  # RFC 9110 section 11.1: the scheme's case does not matter
            raise NotAuthenticated("there is no API key", fix="send Authorization: Bearer lb_live_…")
        try:
            return self._api.store.glance(keys.authenticate, text, now=self._api.clock.now())
        except NotAuthenticated:
            self._count_failure(client_of(scope, self._proxies))
            raise

    def _count_failure(self, address: str) -> None:
        """Count a bad key; raises TooMany in the place of NotAuthenticated for one too many."""
        peer, at = self._peers.peer_of(address), asyncio.get_running_loop().time()
        if not self._peers.may_guess(peer, at):
            raise TooMany(
                "too many bad API keys came from this address", fix="look at the key, and come back"
            )
        self._peers.guessed(peer, at)


def _labelled(send: Send, request_id: str, answer: _Answer) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["x-request-id"] = request_id
            headers["x-content-type-options"] = "nosniff"
            headers.setdefault("cache-control", "no-store")
        await send(message)

    return sending
