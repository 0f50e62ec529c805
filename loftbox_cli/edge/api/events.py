"""/v1/events: the delivery log, to read, to wait for and to follow."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response, StreamingResponse

from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.events import Event
from loftbox_cli.core.views.event import EventView, event_view
from loftbox_cli.core.views.form import ListView, list_view
from loftbox_cli.edge.api import rendering
from loftbox_cli.edge.api.bodies import StrictRoute
from loftbox_cli.edge.api.call import Call, OrderedQuery, Reading
from loftbox_cli.services import events
from loftbox_cli.services.events import Wanted
from loftbox_cli.services.recipients import find_mailbox

router = APIRouter(prefix="/v1/events", tags=["events"], route_class=StrictRoute)

SIGN_OF_LIFE = 15.0  # seconds after which a silent stream says that it still lives
_AT_ONCE = 100


class Choice(BaseModel):
    """Which events; what is left out does not matter. `mailbox` is an id or an address."""

    model_config = ConfigDict(extra="forbid")

    type: str = ""
    mailbox: str = ""
    thread_id: str = ""
    message_id: str = ""
    request_id: str = ""


class EventQuery(Choice, OrderedQuery):
    """A page of them."""


class FollowQuery(Choice):
    """From where on: `after` is the `seq` of the last one seen; without it, from now."""

    after: int | None = Field(None, ge=0, lt=2**53)


class WaitQuery(FollowQuery):
    """How long and how many."""

    timeout: int = Field(30, ge=0, le=60, description="Seconds to wait at most.")
    limit: int = Field(_AT_ONCE, ge=1, le=200)


@router.get("", operation_id="events.list", response_model=ListView[EventView])
async def list_events(call: Reading, query: Annotated[EventQuery, Query()]) -> Response:
    """List events in commit order."""
    found = call.glance(events.page, query.page, _wanted(call, query), call.viewer)
    return rendering.shown(list_view(found, event_view))


@router.get("/wait", operation_id="events.wait", response_model=ListView[EventView])
async def wait_for_events(call: Reading, query: Annotated[WaitQuery, Query()]) -> Response:
    """Answer as soon as there is an event, or an empty list in the end.

    `next_cursor` is always there: it is the `after` of the next call.
    """
    wanted, seq = _wanted(call, query), _start(call, query.after)
    loop = asyncio.get_running_loop()
    until = loop.time() + query.timeout
    found = await _next(call, seq, query.limit + 1, wanted, query.timeout)
    while not found and loop.time() < until and not call.closing.is_set():
        found = await _next(call, seq, query.limit + 1, wanted, until - loop.time())
    shown = found[: query.limit]
    view = ListView(
        data=tuple(event_view(event) for event in shown),
        has_more=len(found) > len(shown),
        next_cursor=str(shown[-1].seq if shown else seq),
    )
    return rendering.shown(view)


@router.get(
    "/stream",
    operation_id="events.stream",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "Events, as they are committed"}},
)
async def stream_events(
    call: Reading,
    query: Annotated[FollowQuery, Query()],
    last_event_id: Annotated[str, Header(alias="Last-Event-ID")] = "",
) -> Response:
    """Follow events as server-sent events; `Last-Event-ID` takes up again after that `seq`."""
    after = query.after
    if last_event_id:
        if not last_event_id.isascii() or not last_event_id.isdigit() or len(last_event_id) > 15:
            raise BadInput(
                "the Last-Event-ID is no seq of an event",
                fix="send the last id of the stream, or none to begin here",
                field="Last-Event-ID",
            )
        after = int(last_event_id)
    lines = _stream(call, _start(call, after), _wanted(call, query))
    return StreamingResponse(lines, media_type="text/event-stream", headers={"x-accel-buffering": "no"})


async def _stream(call: Call, seq: int, wanted: Wanted) -> AsyncIterator[bytes]:
    yield b": following\n\n"
    while not call.closing.is_set():
        found = await _next(call, seq, _AT_ONCE, wanted, SIGN_OF_LIFE)
        if not _still_allowed(call):
            return
        for event in found:
            # One line: JSON escapes every line end.
            text = f"id: {event.seq}\nevent: {event.type}\ndata: {rendering.text_of(event_view(event))}\n\n"
            yield rendering.encoded(text)
            seq = event.seq
        if not found:
            yield b":\n\n"


def _still_allowed(call: Call) -> bool:
    """A key that was revoked ends what it opened."""
    return call.glance(lambda tx: tx.keys.get(call.principal.key_id).live(call.api.clock.now()))


async def _next(call: Call, seq: int, limit: int, wanted: Wanted, seconds: float) -> list[Event]:
    """Events after `seq`: those that are there, or those that a change within so many seconds brings."""
    found = call.glance(events.after, seq, limit, wanted, call.viewer)
    if found or seconds <= 0:
        return found
    change = asyncio.ensure_future(call.api.wait_for_change(seconds))
    closing = asyncio.ensure_future(call.closing.wait())
    try:
        # Whoever commits from now on is noticed; who did so since the first look is seen by the second.
        await asyncio.sleep(0)
        found = call.glance(events.after, seq, limit, wanted, call.viewer)
        if not found:
            await asyncio.wait((change, closing), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            found = call.glance(events.after, seq, limit, wanted, call.viewer)
    finally:
        change.cancel()
        closing.cancel()
    return found


def _start(call: Call, after: int | None) -> int:
    return call.glance(events.last_seq) if after is None else after


def _wanted(call: Call, choice: Choice) -> Wanted:
    mailbox_id = call.glance(find_mailbox, choice.mailbox, call.viewer).id if choice.mailbox else ""
    return Wanted(
        types=(choice.type,) if choice.type else (),
        mailbox_id=mailbox_id,
        thread_id=choice.thread_id,
        message_id=choice.message_id,
        request_id=choice.request_id,
    )


@router.get("/{event_id}", operation_id="events.retrieve", response_model=EventView)
async def retrieve_event(call: Reading, event_id: str) -> Response:
    """Show an event."""
    return rendering.shown(event_view(call.glance(events.find, event_id, call.viewer)))
