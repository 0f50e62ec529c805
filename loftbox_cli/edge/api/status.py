"""/v1/status for people, and /healthz for what watches the process."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from loftbox_cli.core.views.status import StatusView
from loftbox_cli.edge.api import rendering
from loftbox_cli.edge.api.bodies import StrictRoute
from loftbox_cli.edge.api.call import PeopleReading
from loftbox_cli.edge.api.ports import Api
from loftbox_cli.services import events, shown, status

router = APIRouter(prefix="/v1/status", tags=["status"], route_class=StrictRoute)
health = APIRouter(tags=["status"])


@router.get("", operation_id="status.retrieve", response_model=StatusView)
async def retrieve_status(call: PeopleReading) -> Response:
    """Show what waits, and what the daemon says of itself."""
    return rendering.shown(
        shown.status(call.glance(status.status, now=call.now), store_failed=call.api.store_failed())
    )


@health.get("/healthz", operation_id="health.check", response_model=dict[str, str])
async def check_health(request: Request) -> Response:
    """Answer 200 while the store can be read. Needs no key, and tells nothing."""
    api: Api = request.app.state.api
    api.store.glance(events.last_seq)
    return rendering.shown({"status": "ok"})
