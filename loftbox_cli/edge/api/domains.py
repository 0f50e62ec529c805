"""/v1/domains: proving that a domain is yours. For people: domains belong to no agent."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from loftbox_cli.core.page import PageOf
from loftbox_cli.core.views.domain import DomainView, RecordView, record_views
from loftbox_cli.core.views.form import ListView, list_view
from loftbox_cli.edge.api import rendering
from loftbox_cli.edge.api.bodies import Body, StrictRoute
from loftbox_cli.edge.api.call import AskedOnce, Call, Managing, OrderedQuery, PeopleReading
from loftbox_cli.services import domains, preparing, routes, shown
from loftbox_cli.services.domains import NewDomain
from loftbox_cli.services.tx import Tx

router = APIRouter(prefix="/v1/domains", tags=["domains"], route_class=StrictRoute)


class DomainToAdd(Body):
    """A domain that you own, and what you will send from it."""

    name: str
    use_case: str


class DomainChange(Body):
    """The server that takes all mail of a domain: its URL, or `direct`, or `default`, the settings' way.

    `password` belongs to the user that the URL names.
    """

    smarthost: str
    password: str = ""


@router.get("", operation_id="domains.list", response_model=ListView[DomainView])
async def list_domains(call: PeopleReading, query: Annotated[OrderedQuery, Query()]) -> Response:
    """List domains."""

    def listed(tx: Tx) -> ListView[DomainView]:
        found = domains.page(tx, query.page)
        return shown.page(tx, found, lambda tx, domain: shown.domain(tx, domain, call.now))

    return rendering.shown(call.glance(listed))


@router.post("", operation_id="domains.create", status_code=201, response_model=DomainView)
async def create_domain(call: Managing, asked: AskedOnce, body: DomainToAdd) -> Response:
    """Add a domain, unverified: its token and keys are made, and `records` says what to publish."""
    before = call.before(asked)
    if before:
        return before
    # Refuse a bad name before a second is spent on a key.
    domains.check_name(body.name, body.use_case)
    new = await asyncio.to_thread(_made, call, body)

    def create(tx: Tx) -> DomainView:
        made = domains.add(tx, new, approved=call.api.approve_domains, now=call.now)
        return shown.domain(tx, made, call.now)

    return await call.once(asked, create)


def _made(call: Call, body: DomainToAdd) -> NewDomain:
    api = call.api
    return preparing.new_domain(
        body.name, body.use_case, signer=api.signer, sealer=api.sealer, chance=api.chance, now=call.now
    )


@router.get("/{domain}", operation_id="domains.retrieve", response_model=DomainView)
async def retrieve_domain(call: PeopleReading, domain: str) -> Response:
    """Show a domain, by id or name, with what DNS last said."""

    def find(tx: Tx) -> DomainView:
        return shown.domain(tx, domains.find(tx, domain), call.now)

    return rendering.shown(call.glance(find))


@router.patch("/{domain}", operation_id="domains.update", response_model=DomainView)
async def update_domain(call: Managing, domain: str, body: DomainChange) -> Response:
    """Set where a domain's mail goes, from the next attempt on. The password is kept sealed."""
    found = call.glance(domains.find, domain)
    chosen = routes.prepare(found, body.smarthost, body.password, call.api.sealer, now=call.now)

    def choose(tx: Tx) -> DomainView:
        routes.choose(tx, found, chosen, by=call.principal.actor, request_id=call.request_id, now=call.now)
        return shown.domain(tx, found, call.now)

    return rendering.shown(await call.write(choose))


@router.get("/{domain}/records", operation_id="domains.records", response_model=ListView[RecordView])
async def list_records(call: PeopleReading, domain: str) -> Response:
    """List the DNS records to publish."""
    records = call.api.records(call.glance(domains.find, domain))
    return rendering.shown(list_view(PageOf(record_views(records)), lambda view: view))


@router.post("/{domain}/verify", operation_id="domains.verify", response_model=DomainView)
async def verify_domain(call: Managing, domain: str) -> Response:
    """Look at real DNS now: `state` and each of `records` say what was found. Safe to repeat."""
    looked = await call.api.look(call.glance(domains.find, domain), call.request_id)

    def show(tx: Tx) -> DomainView:
        return shown.domain(tx, looked, call.now)

    return rendering.shown(call.glance(show))


@router.post("/{domain}/rotate_dkim", operation_id="domains.rotate_dkim", response_model=DomainView)
async def rotate_dkim(call: Managing, domain: str) -> Response:
    """Make the next DKIM keys: `records` names what to publish, and they sign once a look has seen it."""
    taken = [key.selector for key in call.glance(domains.check_may_rotate, domain)]
    api = call.api
    new = await asyncio.to_thread(
        preparing.new_keys, taken, signer=api.signer, sealer=api.sealer, now=call.now
    )

    def rotate(tx: Tx) -> DomainView:
        return shown.domain(
            tx, domains.rotate(tx, domain, new, request_id=call.request_id, now=call.now), call.now
        )

    return rendering.shown(await call.write(rotate))
