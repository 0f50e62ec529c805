"""/v1/deliveries: what waits to be delivered, and what a person may do about it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from loftbox_cli.core.delivery import DeliveryState
from loftbox_cli.core.key import Scope
from loftbox_cli.core.views.form import ListView
from loftbox_cli.core.views.queue import QueuedView
from loftbox_cli.edge.api import rendering
from loftbox_cli.edge.api.bodies import StrictRoute
from loftbox_cli.edge.api.call import AskedOnce, Call, Managing, OrderedQuery, Reading, call_of
from loftbox_cli.services import queue, shown
from loftbox_cli.services.queue import Queued
from loftbox_cli.services.tx import Tx

router = APIRouter(prefix="/v1/deliveries", tags=["deliveries"], route_class=StrictRoute)


class DeliveryQuery(OrderedQuery):
    """Which deliveries: `mailbox` is an id or an address; without `state`, all that are not settled."""

    mailbox: str = ""
    destination: str = ""
    state: DeliveryState | None = None


async def _canceling(request: Request) -> Call:
    """Who may send may call back; a person needs the scope that manages."""
    call = call_of(request)
    call.principal.need(Scope.MANAGE if call.viewer.agent_id is None else Scope.SEND)
    return call


Canceling = Annotated[Call, Depends(_canceling)]


@router.get("", operation_id="deliveries.list", response_model=ListView[QueuedView])
async def list_deliveries(call: Reading, query: Annotated[DeliveryQuery, Query()]) -> Response:
    """List deliveries: why each waits, and when it is tried next."""

    def read(tx: Tx) -> ListView[QueuedView]:
        found = queue.page(
            tx,
            query.page,
            call.viewer,
            now=call.now,
            mailbox=query.mailbox,
            destination=query.destination,
            state=query.state,
        )
        return shown.page(tx, found, lambda tx, each: _view(call, tx, each))

    return rendering.shown(call.glance(read))


@router.get("/{delivery_id}", operation_id="deliveries.retrieve", response_model=QueuedView)
async def retrieve_delivery(call: Reading, delivery_id: str) -> Response:
    """Show a delivery with each attempt and its transcript."""

    def read(tx: Tx) -> QueuedView:
        return _view(call, tx, queue.show(tx, delivery_id, call.viewer, now=call.now))

    return rendering.shown(call.glance(read))


@router.post("/{delivery_id}/retry", operation_id="deliveries.retry", response_model=QueuedView)
async def retry_delivery(call: Managing, asked: AskedOnce, delivery_id: str) -> Response:
    """Try it at once, however long its destination was to rest. A pause still holds it."""

    def again(tx: Tx) -> QueuedView:
        return _view(call, tx, queue.retry(tx, delivery_id, call.viewer, now=call.now))

    return await call.once(asked, again, status=200)


@router.post("/{delivery_id}/cancel", operation_id="deliveries.cancel", response_model=QueuedView)
async def cancel_delivery(call: Canceling, asked: AskedOnce, delivery_id: str) -> Response:
    """Call back what is not on its way. Of an uncertain delivery the peer may have a copy."""

    def call_back(tx: Tx) -> QueuedView:
        by = call.principal.actor
        canceled = queue.cancel(tx, delivery_id, call.viewer, by=by, request_id=call.request_id, now=call.now)
        return _view(call, tx, canceled)

    return await call.once(asked, call_back, status=200)


def _view(call: Call, tx: Tx, found: Queued) -> QueuedView:
    return shown.queued(tx, found, give_up_after=call.api.give_up_after)
