"""/v1/webhooks: URLs that get events, and what was posted to them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from starlette.responses import Response

from loftbox_cli.core.key import Scope
from loftbox_cli.core.views.form import ListView, list_view
from loftbox_cli.core.views.webhook import (
    EndpointView,
    NewEndpointView,
    NotificationView,
    endpoint_view,
    new_endpoint_view,
)
from loftbox_cli.edge.api import rendering
from loftbox_cli.edge.api.bodies import Body, StrictRoute
from loftbox_cli.edge.api.call import AskedOnce, Call, OrderedQuery, Reading, call_of
from loftbox_cli.services import agents, preparing, shown, webhooks
from loftbox_cli.services.tx import Tx

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], route_class=StrictRoute)


class NewWebhook(Body):
    """A URL and the event types that it wants, none meaning all.

    With `agent` (an id or a name) it gets what concerns that agent's mailboxes. An
    agent's own key always makes such a one.
    """

    url: str
    events: list[str] = Field(default=[], max_length=200)
    agent: str = ""


async def _making(request: Request) -> Call:
    """An agent may look after its own webhooks; all others are a matter of management."""
    call = call_of(request)
    call.principal.need(Scope.MANAGE if call.viewer.agent_id is None else Scope.READ)
    return call


Making = Annotated[Call, Depends(_making)]


@router.get("", operation_id="webhooks.list", response_model=ListView[EndpointView])
async def list_webhooks(call: Reading, query: Annotated[OrderedQuery, Query()]) -> Response:
    """List webhooks; an agent's key sees its own."""
    return rendering.shown(list_view(call.glance(webhooks.page, query.page, call.viewer), endpoint_view))


@router.post("", operation_id="webhooks.create", status_code=201, response_model=NewEndpointView)
async def create_webhook(call: Making, asked: AskedOnce, body: NewWebhook) -> Response:
    """Register a URL. The answer holds the signing secret, this once."""
    url, events = webhooks.check(body.url, body.events, networks=call.api.webhook_networks)
    secret = preparing.new_secret(sealer=call.api.sealer, chance=call.api.chance)

    def create(tx: Tx) -> NewEndpointView:
        agent_id = agents.find(tx, body.agent, call.viewer).id if body.agent else call.viewer.agent_id
        made = webhooks.create(
            tx, url=url, events=events, agent_id=agent_id, sealed=secret.sealed, now=call.now
        )
        return new_endpoint_view(made, secret.text)

    return await call.once(asked, create, secret=True)


@router.get("/{webhook_id}", operation_id="webhooks.retrieve", response_model=EndpointView)
async def retrieve_webhook(call: Reading, webhook_id: str) -> Response:
    """Show a webhook."""
    return rendering.shown(endpoint_view(call.glance(webhooks.find, webhook_id, call.viewer)))


@router.get(
    "/{webhook_id}/notifications",
    operation_id="webhooks.notifications",
    response_model=ListView[NotificationView],
)
async def list_notifications(
    call: Reading, webhook_id: str, query: Annotated[OrderedQuery, Query()]
) -> Response:
    """List what was or will be posted, with each attempt."""
    found = call.glance(webhooks.notifications, webhook_id, query.page, call.viewer)
    return rendering.shown(list_view(found, shown.notification))


@router.post(
    "/notifications/{notification_id}/resend",
    operation_id="webhooks.resend",
    status_code=202,
    response_model=NotificationView,
)
async def resend(call: Making, asked: AskedOnce, notification_id: str) -> Response:
    """Post an event again, as a new notification; the story of the old one stays."""

    def again(tx: Tx) -> NotificationView:
        return shown.notification(webhooks.resend(tx, notification_id, call.viewer, now=call.now))

    return await call.once(asked, again, status=202)
