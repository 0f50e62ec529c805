"""/v1/suppressions: recipients that a domain does not write to, and why."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from loftbox_cli.core.duration import parse_duration
from loftbox_cli.core.views.form import ListView
from loftbox_cli.core.views.suppression import SuppressionView
from loftbox_cli.edge.api import rendering
from loftbox_cli.edge.api.bodies import Body, StrictRoute
from loftbox_cli.edge.api.call import AskedOnce, Managing, OrderedQuery, PeopleReading
from loftbox_cli.services import shown, suppressions
from loftbox_cli.services.tx import Tx

router = APIRouter(prefix="/v1/suppressions", tags=["suppressions"], route_class=StrictRoute)


class SuppressionQuery(OrderedQuery):
    """Which suppressions: `domain` is the sending one, by id or name."""

    domain: str = ""
    address: str = ""


class SuppressionToAdd(Body):
    """A recipient and the sending domain. `expires_in` is a span such as 90d; without it, never."""

    address: str
    domain: str
    why: str = ""
    expires_in: str = ""


@router.get("", operation_id="suppressions.list", response_model=ListView[SuppressionView])
async def list_suppressions(call: PeopleReading, query: Annotated[SuppressionQuery, Query()]) -> Response:
    """List suppressions of every state."""

    def read(tx: Tx) -> ListView[SuppressionView]:
        found = suppressions.page(tx, query.page, domain=query.domain, address=query.address)
        return shown.page(tx, found, lambda tx, each: shown.suppression(tx, each, call.now))

    return rendering.shown(call.glance(read))


@router.get("/{suppression_id}", operation_id="suppressions.retrieve", response_model=SuppressionView)
async def retrieve_suppression(call: PeopleReading, suppression_id: str) -> Response:
    """Show what led to a suppression, and until when it holds."""

    def read(tx: Tx) -> SuppressionView:
        return shown.suppression(tx, suppressions.find(tx, suppression_id), call.now)

    return rendering.shown(call.glance(read))


@router.post("", operation_id="suppressions.add", status_code=201, response_model=SuppressionView)
async def add_suppression(call: Managing, asked: AskedOnce, body: SuppressionToAdd) -> Response:
    """Let a domain write to this recipient no more."""
    expires_at = call.now + parse_duration(body.expires_in, field="expires_in") if body.expires_in else None

    def put(tx: Tx) -> SuppressionView:
        made = suppressions.add(
            tx,
            domain=body.domain,
            address=body.address,
            why=body.why,
            expires_at=expires_at,
            by=call.principal.actor,
            now=call.now,
        )
        return shown.suppression(tx, made, call.now)

    return await call.once(asked, put)


@router.post("/{suppression_id}/release", operation_id="suppressions.release", response_model=SuppressionView)
async def release_suppression(call: Managing, suppression_id: str) -> Response:
    """Let a recipient be written to again. Doing it twice is harmless."""

    def end(tx: Tx) -> SuppressionView:
        by = call.principal.actor
        return shown.suppression(tx, suppressions.release(tx, suppression_id, by=by, now=call.now), call.now)

    return rendering.shown(await call.write(end))
