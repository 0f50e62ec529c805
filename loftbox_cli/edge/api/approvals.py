"""/v1/approvals: what waits for a person, and the person's answer."""

from typing import Annotated, ClassVar, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from starlette.responses import Response

from loftbox_cli.core.approval import ApprovalState
from loftbox_cli.core.key import Scope
from loftbox_cli.core.revision import Changes
from loftbox_cli.core.views.approval import ApprovalView
from loftbox_cli.core.views.form import ListView, list_view
from loftbox_cli.edge.api import rendering
from loftbox_cli.edge.api.bodies import MESSAGE, Body, StrictRoute
from loftbox_cli.edge.api.call import Approving, Call, OrderedQuery, call_of, refuse_agents, worked
from loftbox_cli.edge.api.outgoing import Addresses, parties
from loftbox_cli.services import approvals, revising, shown

router = APIRouter(prefix="/v1/approvals", tags=["approvals"], route_class=StrictRoute)


class ApprovalQuery(OrderedQuery):
    """Which approvals."""

    state: Literal["pending", "approved", "rejected", "expired", "canceled"] | None = None


class Edit(Body):
    """What to set anew in the revision that the person has read; null stays as it is.

    With `approve` the edit and the yes are one act.
    """

    MOST_OCTETS: ClassVar[int] = MESSAGE

    revision: int = Field(ge=1)
    to: Addresses | None = None
    cc: Addresses | None = None
    bcc: Addresses | None = None
    subject: str | None = None
    text: str | None = None
    html: str | None = None
    approve: bool = False
    why: str = Field("", max_length=1_000)


class Verdict(Body):
    """A decision about the revision that the person has read."""

    revision: int = Field(ge=1)
    why: str = Field("", max_length=1_000)


async def _readable(request: Request) -> Call:
    """Who may decide may read what it is about."""
    call = call_of(request)
    if Scope.APPROVE not in call.principal.scopes:
        call.principal.need(Scope.READ)
    refuse_agents(call)
    return call


ReadingApprovals = Annotated[Call, Depends(_readable)]


@router.get("", operation_id="approvals.list", response_model=ListView[ApprovalView])
async def list_approvals(call: ReadingApprovals, query: Annotated[ApprovalQuery, Query()]) -> Response:
    """List approvals with what they are about."""
    state = ApprovalState(query.state) if query.state else None
    return rendering.shown(list_view(call.glance(approvals.page, query.page, state=state), shown.approval))


@router.get("/{approval_id}", operation_id="approvals.retrieve", response_model=ApprovalView)
async def retrieve_approval(call: ReadingApprovals, approval_id: str) -> Response:
    """Show an approval with the whole envelope and text of its message."""
    return rendering.shown(shown.approval(call.glance(approvals.show, approval_id)))


@router.post("/{approval_id}/approve", operation_id="approvals.approve", response_model=ApprovalView)
async def approve(call: Approving, approval_id: str, body: Verdict) -> Response:
    """Say yes: the message is released, if the gate agrees. Saying it twice is harmless."""
    decided = await call.write(
        approvals.approve,
        approval_id,
        by=call.principal.actor,
        revision=body.revision,
        why=body.why,
        request_id=call.request_id,
        now=call.now,
    )
    return rendering.shown(shown.approval(decided))


@router.post("/{approval_id}/reject", operation_id="approvals.reject", response_model=ApprovalView)
async def reject(call: Approving, approval_id: str, body: Verdict) -> Response:
    """Say no: the message never leaves. Saying it twice is harmless."""
    decided = await call.write(
        approvals.reject,
        approval_id,
        by=call.principal.actor,
        revision=body.revision,
        why=body.why,
        request_id=call.request_id,
        now=call.now,
    )
    return rendering.shown(shown.approval(decided))


@router.post("/{approval_id}/edit", operation_id="approvals.edit", response_model=ApprovalView)
async def edit(call: Approving, approval_id: str, body: Edit) -> Response:
    """Change what is to be sent: another revision, which needs an answer of its own."""
    changes = Changes(
        to=None if body.to is None else parties(body.to, "to"),
        cc=None if body.cc is None else parties(body.cc, "cc"),
        bcc=None if body.bcc is None else parties(body.bcc, "bcc"),
        subject=body.subject,
        text=body.text,
        html=body.html,
    )
    on = call.glance(revising.grounds, approval_id, revision=body.revision)

    def prepare() -> revising.Edited:
        return revising.prepare(on, changes, file_of=call.api.attached, tag_secret=call.api.tag_secret)

    edited = await worked(len(on.raw) + len(body.text or "") + len(body.html or ""), prepare)
    decided = await call.write(
        revising.edit,
        approval_id,
        edited,
        by=call.principal.actor,
        revision=body.revision,
        approve=body.approve,
        why=body.why,
        request_id=call.request_id,
        now=call.now,
    )
    return rendering.shown(shown.approval(decided))
