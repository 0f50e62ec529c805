"""/v1/threads: conversations."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from loftbox_cli.core.page import Page
from loftbox_cli.core.views.form import ListView, list_view
from loftbox_cli.core.views.thread import ConversationView, ThreadView
from loftbox_cli.edge.api import rendering
from loftbox_cli.edge.api.bodies import StrictRoute
from loftbox_cli.edge.api.call import ListQuery, OrderedQuery, Reading
from loftbox_cli.services import shown, threads

router = APIRouter(prefix="/v1/threads", tags=["threads"], route_class=StrictRoute)


class ThreadQuery(OrderedQuery):
    """Which threads: `mailbox` is an id or an address."""

    mailbox: str = ""


@router.get("", operation_id="threads.list", response_model=ListView[ThreadView])
async def list_threads(call: Reading, query: Annotated[ThreadQuery, Query()]) -> Response:
    """List threads."""
    found = call.glance(threads.page, query.page, call.viewer, mailbox=query.mailbox)
    return rendering.shown(list_view(found, shown.thread))


@router.get("/{thread_id}", operation_id="threads.retrieve", response_model=ConversationView)
async def retrieve_thread(call: Reading, thread_id: str, query: Annotated[ListQuery, Query()]) -> Response:
    """Show a thread: who takes part, and a page of its messages, oldest first."""
    page = Page(query.limit, query.cursor, newest_first=False)
    return rendering.shown(shown.conversation(call.glance(threads.retrieve, thread_id, page, call.viewer)))
