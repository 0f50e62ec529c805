"""Threads as people and agents read them, and what people do with them."""

from dataclasses import dataclass, replace
from datetime import datetime

from loftbox_cli.core.actor import Actor
from loftbox_cli.core.errors import BadInput, Conflict, NotFound
from loftbox_cli.core.events import EventType
from loftbox_cli.core.header import check_text
from loftbox_cli.core.ids import MessageId, RequestId, ThreadId
from loftbox_cli.core.mailbox import Mailbox
from loftbox_cli.core.page import NEXT_CURSOR, Page, PageOf
from loftbox_cli.core.thread import Participant, Thread, ThreadState
from loftbox_cli.core.thread_tree import parents, reading_order
from loftbox_cli.services import participants
from loftbox_cli.services.archive import Outlined
from loftbox_cli.services.standing import Standing, sees, standing, visible
from loftbox_cli.services.story import tell_of_thread
from loftbox_cli.services.tx import Tx, Viewer


@dataclass(frozen=True, slots=True)
class Summary:
    """A thread with its mailbox and how many messages it has."""

    thread: Thread
    mailbox: Mailbox
    total: int


@dataclass(frozen=True, slots=True)
class Turn:
    """A message of a thread, and the one of the same thread that it answers."""

    standing: Standing
    parent_id: MessageId | None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A thread, who takes part, and one page of its messages.

    `related` are threads that belong with this one by what their messages name.
    """

    summary: Summary
    participants: tuple[Participant, ...]
    related: tuple[ThreadId, ...]
    turns: PageOf[Turn]


def page(tx: Tx, page: Page, viewer: Viewer, *, mailbox: str = "") -> PageOf[Summary]:
    """Threads, newest first."""
    found = tx.threads.page(page, **visible(tx, viewer, mailbox))
    return PageOf(tuple(_summary(tx, thread) for thread in found.items), found.cursor)


def find(tx: Tx, thread_id: str, viewer: Viewer) -> Thread:
    """One thread; one of another agent's mailbox is NotFound."""
    thread = tx.threads.find(id=thread_id)
    if thread is None or not sees(tx, viewer, thread.mailbox_id):
        raise NotFound(f"there is no thread {thread_id}", fix="loftbox thread list shows what there is")
    return thread


def retrieve(tx: Tx, thread_id: str, page: Page, viewer: Viewer) -> Conversation:
    """One thread, its messages in the order in which they came, but each before its answers.

    Who answered whom is what RFC 5256 section 2.2 makes of the ids that they name. A
    late mail may stand before what was read already; `total` counts it.
    """
    thread = find(tx, thread_id, viewer)
    outline = tx.archive.outline(thread.id)
    above = parents([each.named for each in outline])
    order = reading_order(above)
    start = _place_after(outline, order, page.after)
    wanted = order[start : start + page.limit]
    turns = tuple(
        Turn(standing(tx, tx.messages.get(outline[place].message_id)), _id_at(outline, above[place]))
        for place in wanted
    )
    cursor = outline[wanted[-1]].message_id if start + page.limit < len(order) else ""
    return Conversation(
        Summary(thread, tx.mailboxes.get(thread.mailbox_id), len(outline)),
        tuple(tx.participants.all(thread_id=thread.id)),
        tx.archive.related(thread.id),
        PageOf(turns, cursor),
    )


def _place_after(outline: list[Outlined], order: list[int], cursor: str) -> int:
    if not cursor:
        return 0
    for number, place in enumerate(order, 1):
        if outline[place].message_id == cursor:
            return number
    raise BadInput(f"the cursor {cursor} points nowhere", fix=NEXT_CURSOR, field="cursor")


def _id_at(outline: list[Outlined], place: int | None) -> MessageId | None:
    return None if place is None else outline[place].message_id


def pause(
    tx: Tx, thread_id: str, viewer: Viewer, *, by: Actor, why: str, request_id: RequestId, now: datetime
) -> Summary:
    """Let nothing of ours leave in a thread until somebody resumes it; pausing twice is harmless."""
    check_text(why, field="why")
    thread = find(tx, thread_id, viewer)
    if thread.state is ThreadState.PAUSED:
        return _summary(tx, thread)
    paused = replace(thread, state=ThreadState.PAUSED)
    tx.threads.save(paused)
    tell_of_thread(tx, EventType.THREAD_PAUSED, paused, request_id, now, {"by": by.id, "why": why})
    return _summary(tx, paused)


def resume(
    tx: Tx, thread_id: str, viewer: Viewer, *, by: Actor, request_id: RequestId, now: datetime
) -> Summary:
    """Let a thread go on; its state says again whose turn it is. Raises NotFound when it is not paused."""
    thread = find(tx, thread_id, viewer)
    if thread.state is not ThreadState.PAUSED:
        raise NotFound(f"thread {thread_id} is not paused", fix="loftbox status lists what is paused")
    tx.threads.save(replace(thread, state=ThreadState.OPEN))
    participants.settle_turn(tx, thread.id)
    resumed = tx.threads.get(thread.id)
    tell_of_thread(tx, EventType.THREAD_RESUMED, resumed, request_id, now, {"by": by.id})
    return _summary(tx, resumed)


def close(
    tx: Tx, thread_id: str, viewer: Viewer, *, by: Actor, request_id: RequestId, now: datetime
) -> Summary:
    """Say that nothing more is expected, until somebody writes again; raises Conflict for a paused thread."""
    thread = find(tx, thread_id, viewer)
    if thread.state is ThreadState.PAUSED:
        raise Conflict(f"thread {thread_id} is paused", fix=f"loftbox thread resume {thread_id}")
    if thread.state is ThreadState.CLOSED:
        return _summary(tx, thread)
    closed = replace(thread, state=ThreadState.CLOSED)
    tx.threads.save(closed)
    tell_of_thread(tx, EventType.THREAD_CLOSED, closed, request_id, now, {"by": by.id})
    return _summary(tx, closed)


def _summary(tx: Tx, thread: Thread) -> Summary:
    return Summary(thread, tx.mailboxes.get(thread.mailbox_id), tx.messages.count(thread_id=thread.id))
