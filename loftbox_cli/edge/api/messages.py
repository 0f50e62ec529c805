"""/v1/messages: sending, answering, and reading what came and went."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field
from starlette.responses import Response

from loftbox_cli.core.delivered import delivered
from loftbox_cli.core.draft import Draft
from loftbox_cli.core.errors import NotFound
from loftbox_cli.core.forwarding import forward
from loftbox_cli.core.ids import MessageId
from loftbox_cli.core.message import Direction
from loftbox_cli.core.replying import reply, reply_all
from loftbox_cli.core.search import MAX_QUESTION
from loftbox_cli.core.views.canceled import CanceledView
from loftbox_cli.core.views.form import ListView, list_view
from loftbox_cli.core.views.message import FoundView, MessageView
from loftbox_cli.edge.api import rendering
from loftbox_cli.edge.api.bodies import StrictRoute
from loftbox_cli.edge.api.call import AskedOnce, Call, OrderedQuery, Reading, Sending, worked
from loftbox_cli.edge.api.outgoing import (
    ForwardToSend,
    MessageToSend,
    ReplyToSend,
    Written,
    draft_of,
    size_of,
    timing_of,
)
from loftbox_cli.services import messages, recipients, schedule, shown, submit
from loftbox_cli.services.answers import Asked
from loftbox_cli.services.messages import Wanted
from loftbox_cli.services.tx import Tx

router = APIRouter(prefix="/v1/messages", tags=["messages"], route_class=StrictRoute)


class MessageQuery(OrderedQuery):
    """Which messages.

    `q` is looked for word by word in subject, addresses and text; nothing in it is an
    operator. `mailbox` is an id or an address, `from` an address. `since` is the
    earliest time, `until` the first that is too late.
    """

    q: str = Field("", max_length=MAX_QUESTION)
    mailbox: str = ""
    thread: str = ""
    direction: Literal["inbound", "outbound"] | None = None
    sender: str = Field("", alias="from")
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


@router.post("", operation_id="messages.send", status_code=202, response_model=MessageView)
async def send_message(call: Sending, asked: AskedOnce, body: MessageToSend) -> Response:
    """Take a message to the gate. `state` and `decision` say whether it is queued, held or blocked."""
    before = call.before(asked)
    if before:
        return before
    draft = await worked(size_of(body), partial(draft_of, body))
    return await _send(call, asked, body, body.mailbox, draft)


@router.post(
    "/{message_id}/reply", operation_id="messages.reply", status_code=202, response_model=MessageView
)
async def reply_to_message(call: Sending, asked: AskedOnce, message_id: str, body: ReplyToSend) -> Response:
    """Answer a message, from the mailbox that has it and in its thread."""
    return await _answer(call, asked, message_id, body, reply)


@router.post(
    "/{message_id}/reply_all", operation_id="messages.reply_all", status_code=202, response_model=MessageView
)
async def reply_to_all(call: Sending, asked: AskedOnce, message_id: str, body: ReplyToSend) -> Response:
    """Answer everybody whom a message names, but for the mailbox that answers."""
    return await _answer(call, asked, message_id, body, reply_all)


async def _answer(
    call: Call, asked: Asked | None, message_id: str, body: ReplyToSend, fill_in: Callable[..., Draft]
) -> Response:
    before = call.before(asked)
    if before:
        return before
    parent = call.glance(messages.find, message_id, call.viewer)
    own = call.glance(recipients.find_mailbox, parent.mailbox_id, call.viewer).address
    written = await worked(size_of(body), partial(draft_of, body))
    draft = fill_in(parent, written, own=own, quote=body.quote)
    return await _send(call, asked, body, parent.mailbox_id, draft)


@router.post(
    "/{message_id}/forward", operation_id="messages.forward", status_code=202, response_model=MessageView
)
async def forward_message(call: Sending, asked: AskedOnce, message_id: str, body: ForwardToSend) -> Response:
    """Hand a message on to somebody else: its text below yours, and its files."""
    before = call.before(asked)
    if before:
        return before
    parent, raw = call.glance(messages.raw, message_id, call.viewer)

    def handed_on() -> Draft:
        files = parent.attachments if body.files else ()
        contents = [(each, call.api.attached(raw, each.sha256)) for each in files]
        return forward(parent, draft_of(body), contents)

    draft = await worked(size_of(body) + parent.size, handed_on)
    return await _send(call, asked, body, parent.mailbox_id, draft)


async def _send(call: Call, asked: Asked | None, body: Written, mailbox: str, draft: Draft) -> Response:
    call.api.check_room()
    grounds = call.glance(submit.grounds, mailbox, draft, call.viewer)
    prepare = partial(
        submit.prepare,
        draft,
        grounds,
        message_id=MessageId(call.api.mint("msg")),
        tag_secret=call.api.tag_secret,
        timing=timing_of(body, call.now),
    )
    prepared = await worked(draft.size, prepare)

    def send(tx: Tx) -> MessageView:
        by = call.principal.actor
        passed = submit.send(tx, prepared, by=by, request_id=call.request_id, now=call.now)
        return shown.passed(tx, passed)

    return await call.once(asked, send, status=202)


@router.post("/{message_id}/cancel", operation_id="messages.cancel", response_model=CanceledView)
async def cancel_message(call: Sending, message_id: str) -> Response:
    """Call back what of a message has not left. `not_recalled` names who has it or may have it."""

    def cancel(tx: Tx) -> CanceledView:
        called_back = schedule.cancel(
            tx, message_id, call.viewer, by=call.principal.actor, request_id=call.request_id, now=call.now
        )
        return shown.canceled(tx, called_back)

    return rendering.shown(await call.write(cancel))


@router.get("", operation_id="messages.list", response_model=ListView[FoundView])
async def list_messages(call: Reading, query: Annotated[MessageQuery, Query()]) -> Response:
    """List messages, or those in which all of some words stand."""
    wanted = Wanted(
        mailbox=query.mailbox,
        thread=query.thread,
        direction=Direction(query.direction) if query.direction else None,
        sender=query.sender,
        words=query.q or None,
        since=query.since,
        until=query.until,
    )
    # A search may read much before it finds enough: others need not wait for it.
    found = await asyncio.to_thread(call.glance, messages.page, query.page, call.viewer, wanted)
    return rendering.shown(list_view(found, shown.found))


@router.get("/{message_id}", operation_id="messages.retrieve", response_model=MessageView)
async def retrieve_message(call: Reading, message_id: str) -> Response:
    """Show a message with each attempt to deliver it."""
    return rendering.shown(shown.whole_message(call.glance(messages.show, message_id, call.viewer)))


@router.get(
    "/{message_id}/raw",
    operation_id="messages.raw",
    response_class=Response,
    responses={
        200: {"content": {"message/rfc822": {}}, "description": "The mail as it came or was composed"}
    },
)
async def retrieve_raw(call: Reading, message_id: str) -> Response:
    """Give the bytes of a mail: as delivered, our trace before what was received, or as composed."""
    message, raw = call.glance(messages.raw, message_id, call.viewer)
    return _download(delivered(message.trace.encode("latin-1"), raw), "message/rfc822", f"{message.id}.eml")


@router.get(
    "/{message_id}/attachments/{part}",
    operation_id="messages.attachment",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "The file"}},
)
async def retrieve_attachment(call: Reading, message_id: str, part: int) -> Response:
    """Give the bytes of an attachment, always as a file to save."""
    message, raw = call.glance(messages.raw, message_id, call.viewer)
    for attachment in message.attachments:
        if attachment.part == part:
            content = await asyncio.to_thread(call.api.attached, raw, attachment.sha256)
            return _download(content, "application/octet-stream", attachment.filename or f"part-{part}")
    raise NotFound(
        f"message {message_id} has no attachment {part}", fix=f"GET /v1/messages/{message_id} lists them"
    )


def _download(content: bytes, media_type: str, filename: str) -> Response:
    # RFC 6266 section 4.3. The name came from a stranger: nothing of it stands outside of this form.
    name = quote(filename.encode("utf-8", "replace"), safe="")
    disposition = f"attachment; filename*=UTF-8''{name}"
    return Response(content, media_type=media_type, headers={"content-disposition": disposition})
