"""One request as the routes see it: who calls, what the caller may do, and how a verb is run once."""

import asyncio
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Concatenate, Literal, ParamSpec, TypeVar

from fastapi import Depends, Header, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from loftbox_cli.core.canonical import canonical
from loftbox_cli.core.errors import BadInput, NotAllowed
from loftbox_cli.core.ids import RequestId
from loftbox_cli.core.key import Scope
from loftbox_cli.core.page import MOST, Page
from loftbox_cli.edge.api.ports import Api
from loftbox_cli.edge.api.rendering import encoded, text_of
from loftbox_cli.services import answers
from loftbox_cli.services.answers import Answered, Asked
from loftbox_cli.services.keys import Principal
from loftbox_cli.services.tx import Tx, Viewer

P = ParamSpec("P")
R = TypeVar("R")

INLINE = 256 * 1024  # octets; what is larger is worked on in a thread, so that others need not wait
LONG = 1024  # characters; a text that is longer is not kept with the answer that repeats it
_IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,255}")


@dataclass(frozen=True, slots=True)
class Call:
    """An authenticated request."""

    api: Api
    principal: Principal
    request_id: RequestId
    now: datetime
    closing: asyncio.Event

    @property
    def viewer(self) -> Viewer:
        """Whose eyes look."""
        return self.principal.viewer

    def glance(self, verb: Callable[Concatenate[Tx, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a reading verb."""
        return self.api.store.glance(verb, *args, **kwargs)

    async def write(self, verb: Callable[Concatenate[Tx, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a verb; the answer comes when the disk has it."""
        return await self.api.store.write_soon(verb, *args, **kwargs)

    def before(self, asked: Asked | None, *, secret: bool = False) -> Response | None:
        """What the same request was answered before: asked first, to spare the work."""
        kept = self.glance(answers.kept, asked, now=self.now) if asked else None
        return self._answer(kept, asked, secret) if kept else None

    async def once(
        self, asked: Asked | None, verb: Callable[[Tx], Any], *, status: int = 201, secret: bool = False
    ) -> Response:
        """Run a verb that answers a view, or replay what the same request was answered.

        With `secret` the answer holds one, and is kept sealed.
        """

        def render(view: Any) -> Answered:
            text = text_of(view)
            if secret and asked:
                text = self.api.sealer.seal(text.encode(), purpose=_purpose(asked)).hex()
            return Answered(status, text)

        answered = await self.write(answers.once, asked, render, self.now, verb)
        return self._answer(answered, asked, secret)

    def _answer(self, answered: Answered, asked: Asked | None, secret: bool) -> Response:
        octets = encoded(answered.body)
        if secret and asked:
            octets = self.api.sealer.open(bytes.fromhex(answered.body), purpose=_purpose(asked))
        headers = {"idempotent-replayed": "true"} if answered.replayed else {}
        return Response(octets, answered.status, headers, "application/json")


def _purpose(asked: Asked) -> str:
    return f"answer:{asked.place}"


def call_of(request: Request) -> Call:
    """What the front found out about a request."""
    api: Api = request.app.state.api
    return Call(
        api=api,
        principal=request.state.principal,
        request_id=RequestId(request.state.request_id),
        now=api.clock.now(),
        closing=request.app.state.closing,
    )


def allowed(scope: Scope, *, people: bool = False) -> Any:
    """A dependency: the call, if its key carries `scope`; with `people`, if no agent holds it."""

    async def check(request: Request) -> Call:
        call = call_of(request)
        call.principal.need(scope)
        if people:
            refuse_agents(call)
        return call

    return Depends(check)


def refuse_agents(call: Call) -> None:
    """Raise NotAllowed for the key of an agent."""
    if call.viewer.agent_id is not None:
        raise NotAllowed(
            "an agent's key reaches only what belongs to the agent", fix="use the key of a person"
        )


async def _asked(
    request: Request, key: Annotated[str | None, Header(alias="Idempotency-Key")] = None
) -> Asked | None:
    if key is None:
        return None
    if not _IDEMPOTENCY_KEY.fullmatch(key):
        raise BadInput(
            "an Idempotency-Key has 1 to 255 printable ASCII characters, without spaces",
            fix="send a name of your own for this request, such as ticket-4711",
            field="Idempotency-Key",
        )
    octets = await request.body()
    value = await request.json() if octets else None
    digest = await worked(len(octets), lambda: hashlib.sha256(canonical(value)).hexdigest())
    place = f"{request.state.principal.key_id} {request.method} {request.url.path} {key}"
    return Asked(place, digest, _long_texts(value))


def _long_texts(body: Any) -> tuple[str, ...]:
    """The long texts of a body, each as an answer would write it."""
    members = body.values() if isinstance(body, dict) else ()
    return tuple(text_of(each) for each in members if isinstance(each, str) and len(each) > LONG)


async def worked(octets: int, work: Callable[[], R]) -> R:
    """Do some work here when it is small, else in a thread."""
    return work() if octets <= INLINE else await asyncio.to_thread(work)


class ListQuery(BaseModel):
    """Which page of a list."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(50, ge=1, le=MOST, description="How many at most.")
    cursor: str = Field("", max_length=64, description="`next_cursor` of the page before.")


class OrderedQuery(ListQuery):
    """Which page of a list that may be read from both ends."""

    order: Literal["desc", "asc"] = Field("desc", description="desc: newest first.")

    @property
    def page(self) -> Page:
        """The page that is meant."""
        return Page(self.limit, self.cursor, newest_first=self.order == "desc")


Reading = Annotated[Call, allowed(Scope.READ)]
PeopleReading = Annotated[Call, allowed(Scope.READ, people=True)]
Sending = Annotated[Call, allowed(Scope.SEND)]
Managing = Annotated[Call, allowed(Scope.MANAGE)]
Approving = Annotated[Call, allowed(Scope.APPROVE)]
AskedOnce = Annotated[Asked | None, Depends(_asked)]
