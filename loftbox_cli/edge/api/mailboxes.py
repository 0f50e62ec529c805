"""/v1/mailboxes: addresses of agents."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from loftbox_cli.core.mailbox import Oversight
from loftbox_cli.core.views.form import ListView
from loftbox_cli.core.views.mailbox import MailboxView
from loftbox_cli.edge.api import rendering
from loftbox_cli.edge.api.bodies import Body, StrictRoute
from loftbox_cli.edge.api.call import AskedOnce, Managing, OrderedQuery, Reading
from loftbox_cli.services import agents, mailboxes, shown
from loftbox_cli.services.recipients import find_mailbox
from loftbox_cli.services.tx import Tx

router = APIRouter(prefix="/v1/mailboxes", tags=["mailboxes"], route_class=StrictRoute)

OversightName = Literal["read_only", "gated_all", "gated_send", "sampled", "monitored", "autonomous"]


class NewMailbox(Body):
    """An address for an agent, which is named by id or name."""

    address: str
    agent: str
    display_name: str = ""
    oversight: OversightName = "gated_all"
    metadata: dict[str, str] = Field(default_factory=dict, max_length=50)


class MailboxChange(Body):
    """What to change; what is left out stays. `why` is told of the oversight."""

    oversight: OversightName | None = None
    match_subject: bool | None = None
    why: str = ""


@router.get("", operation_id="mailboxes.list", response_model=ListView[MailboxView])
async def list_mailboxes(call: Reading, query: Annotated[OrderedQuery, Query()]) -> Response:
    """List mailboxes; an agent's key sees its own."""

    def listed(tx: Tx) -> ListView[MailboxView]:
        return shown.page(tx, mailboxes.page(tx, query.page, call.viewer), shown.mailbox)

    return rendering.shown(call.glance(listed))


@router.post("", operation_id="mailboxes.create", status_code=201, response_model=MailboxView)
async def create_mailbox(call: Managing, asked: AskedOnce, body: NewMailbox) -> Response:
    """Give an agent an address on a verified domain. Every send is held until `oversight` says otherwise."""

    def create(tx: Tx) -> MailboxView:
        made = mailboxes.create(
            tx,
            address=body.address,
            agent_id=agents.find(tx, body.agent, call.viewer).id,
            display_name=body.display_name,
            oversight=Oversight(body.oversight),
            metadata=body.metadata,
            now=call.now,
        )
        return shown.mailbox(tx, made)

    return await call.once(asked, create)


@router.get("/{mailbox}", operation_id="mailboxes.retrieve", response_model=MailboxView)
async def retrieve_mailbox(call: Reading, mailbox: str) -> Response:
    """Show a mailbox, by id or address."""

    def find(tx: Tx) -> MailboxView:
        return shown.mailbox(tx, find_mailbox(tx, mailbox, call.viewer))

    return rendering.shown(call.glance(find))


@router.patch("/{mailbox}", operation_id="mailboxes.update", response_model=MailboxView)
async def update_mailbox(call: Managing, mailbox: str, body: MailboxChange) -> Response:
    """Set how much of a mailbox's mail a person sees before it leaves, and how its threads are found."""

    def change(tx: Tx) -> MailboxView:
        if body.oversight is not None:
            mailboxes.oversee(
                tx,
                mailbox,
                Oversight(body.oversight),
                by=call.principal.actor,
                why=body.why,
                request_id=call.request_id,
                now=call.now,
            )
        if body.match_subject is not None:
            mailboxes.match_by_subject(tx, mailbox, wanted=body.match_subject)
        return shown.mailbox(tx, find_mailbox(tx, mailbox, call.viewer))

    return rendering.shown(await call.write(change))
