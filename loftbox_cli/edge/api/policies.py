"""/v1/policies: what may leave, and why a message would or would not."""

from functools import partial
from typing import Annotated, ClassVar, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from loftbox_cli.core.ids import MessageId
from loftbox_cli.core.policy.stored import BindingScope
from loftbox_cli.core.views.form import ListView, list_view
from loftbox_cli.core.views.policy import EvaluationView, PolicyView, evaluation_view
from loftbox_cli.edge.api import rendering
from loftbox_cli.edge.api.bodies import Body, StrictRoute
from loftbox_cli.edge.api.call import (
    AskedOnce,
    Managing,
    OrderedQuery,
    PeopleReading,
    Sending,
    worked,
)
from loftbox_cli.edge.api.outgoing import MessageToSend, draft_of, size_of
from loftbox_cli.services import policies, shown, submit
from loftbox_cli.services.tx import Tx

router = APIRouter(prefix="/v1/policies", tags=["policies"], route_class=StrictRoute)


class PolicyText(Body):
    """A policy as TOML, and why it is wanted."""

    MOST_OCTETS: ClassVar[int] = 1024 * 1024  # 10,000 entries of a list

    source: str
    why: str = ""


class BindingTarget(Body):
    """What a policy holds for: a mailbox, an agent or a domain, by id or name, or all of them."""

    scope: Literal["all", "domain", "agent", "mailbox"]
    target: str = ""


@router.post("/evaluate", operation_id="policies.evaluate", response_model=EvaluationView)
async def evaluate_policies(call: Sending, body: MessageToSend) -> Response:
    """Say what the gate would answer to this message now, and why; nothing is sent."""
    size = size_of(body)
    draft = await worked(size, partial(draft_of, body))
    grounds = call.glance(submit.grounds, body.mailbox, draft, call.viewer)
    prepare = partial(
        submit.prepare,
        draft,
        grounds,
        message_id=MessageId(call.api.mint("msg")),
        tag_secret=call.api.tag_secret,
    )
    prepared = await worked(size, prepare)
    by = call.principal.actor
    explained = call.glance(submit.weigh, prepared, by=by, request_id=call.request_id, now=call.now)
    return rendering.shown(evaluation_view(explained, prepared.rcpt_to))


@router.get("", operation_id="policies.list", response_model=ListView[PolicyView])
async def list_policies(call: PeopleReading, query: Annotated[OrderedQuery, Query()]) -> Response:
    """List the policies that were added."""
    return rendering.shown(list_view(call.glance(policies.page, query.page), shown.policy))


@router.post("", operation_id="policies.create", status_code=201, response_model=PolicyView)
async def add_policy(call: Managing, asked: AskedOnce, body: PolicyText) -> Response:
    """Keep a policy, under the name that its text gives it. It holds for nothing until it is bound."""

    def add(tx: Tx) -> PolicyView:
        by = call.principal.actor
        added = policies.add(tx, body.source, by=by, why=body.why, request_id=call.request_id, now=call.now)
        return shown.policy(added)

    return await call.once(asked, add)


@router.get("/{policy}", operation_id="policies.retrieve", response_model=PolicyView)
async def retrieve_policy(call: PeopleReading, policy: str) -> Response:
    """Show a policy, by id or name; also one that LoftBox brings."""
    return rendering.shown(shown.policy(call.glance(policies.show, policy)))


@router.patch("/{policy}", operation_id="policies.update", response_model=PolicyView)
async def change_policy(call: Managing, policy: str, body: PolicyText) -> Response:
    """Put another version in force, at once."""
    changed = await call.write(
        policies.change,
        policy,
        body.source,
        by=call.principal.actor,
        why=body.why,
        request_id=call.request_id,
        now=call.now,
    )
    return rendering.shown(shown.policy(changed))


@router.post("/{policy}/bind", operation_id="policies.bind", response_model=PolicyView)
async def bind_policy(call: Managing, policy: str, body: BindingTarget) -> Response:
    """Let a policy hold for something."""
    bound = await call.write(
        policies.bind,
        policy,
        BindingScope(body.scope),
        body.target,
        by=call.principal.actor,
        request_id=call.request_id,
        now=call.now,
    )
    return rendering.shown(shown.policy(bound))


@router.post("/{policy}/unbind", operation_id="policies.unbind", response_model=PolicyView)
async def unbind_policy(call: Managing, policy: str, body: BindingTarget) -> Response:
    """Let a policy hold for something no more."""
    unbound = await call.write(
        policies.unbind,
        policy,
        BindingScope(body.scope),
        body.target,
        by=call.principal.actor,
        request_id=call.request_id,
        now=call.now,
    )
    return rendering.shown(shown.policy(unbound))
