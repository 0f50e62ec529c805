"""/v1/keys: API keys of agents and persons."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from loftbox_cli.core.duration import parse_duration
from loftbox_cli.core.key import Scope
from loftbox_cli.core.views.form import ListView, list_view
from loftbox_cli.core.views.key import KeyView, NewKeyView, key_view
from loftbox_cli.edge.api import rendering
from loftbox_cli.edge.api.bodies import Body, StrictRoute
from loftbox_cli.edge.api.call import AskedOnce, Managing, OrderedQuery
from loftbox_cli.services import keys, shown
from loftbox_cli.services.tx import Tx

router = APIRouter(prefix="/v1/keys", tags=["keys"], route_class=StrictRoute)

_SECRET_OCTETS = 32


class KeyToMake(Body):
    """A key for an agent or a person, named by id. `expires_in` is a span such as 90d; without it, never."""

    owner_id: str
    name: str
    scopes: list[Literal["send", "read", "approve", "manage"]] = Field(min_length=1, max_length=4)
    expires_in: str = ""


@router.get("", operation_id="keys.list", response_model=ListView[KeyView])
async def list_keys(call: Managing, query: Annotated[OrderedQuery, Query()]) -> Response:
    """List keys, without their secrets."""
    found = call.glance(keys.page, query.page)
    return rendering.shown(list_view(found, lambda key: key_view(key, call.now)))


@router.post("", operation_id="keys.create", status_code=201, response_model=NewKeyView)
async def create_key(call: Managing, asked: AskedOnce, body: KeyToMake) -> Response:
    """Make a key for an agent, or for oneself one that may no more. The answer holds its text, this once."""
    scopes = frozenset(Scope(scope) for scope in body.scopes)
    expires_at = call.now + parse_duration(body.expires_in, field="expires_in") if body.expires_in else None
    keys.check_maker(call.principal, body.owner_id, scopes)
    secret = call.api.chance(_SECRET_OCTETS)

    def create(tx: Tx) -> NewKeyView:
        made = keys.create(
            tx,
            owner_id=body.owner_id,
            name=body.name,
            scopes=scopes,
            secret=secret,
            expires_at=expires_at,
            by=call.principal.actor,
            request_id=call.request_id,
            now=call.now,
        )
        return shown.new_key(made, call.now)

    return await call.once(asked, create, secret=True)


@router.post("/{key_id}/revoke", operation_id="keys.revoke", response_model=KeyView)
async def revoke_key(call: Managing, key_id: str) -> Response:
    """End a key at once. Doing it twice is harmless."""
    revoked = await call.write(
        keys.revoke, key_id, by=call.principal.actor, request_id=call.request_id, now=call.now
    )
    return rendering.shown(key_view(revoked, call.now))
