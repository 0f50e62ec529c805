"""Threads as people and agents read them."""

from dataclasses import dataclass, replace

from loftbox_cli.core.errors import NotFound
from loftbox_cli.core.mailbox import Mailbox
from loftbox_cli.core.page import Page, PageOf
from loftbox_cli.core.thread import Participant, Thread
from loftbox_cli.services.standing import Standing, sees, standing, visible
from loftbox_cli.services.tx import Tx, Viewer


@dataclass(frozen=True, slots=True)
class Summary:
    """A thread with its mailbox and how many messages it has."""

    thread: Thread
    mailbox: Mailbox
    total: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """A thread, who takes part, and one page of its messages, oldest first."""

    summary: Summary
    participants: tuple[Participant, ...]
    messages: PageOf[Standing]


def page(tx: Tx, page: Page, viewer: Viewer, *, mailbox: str = "") -> PageOf[Summary]:
    """Threads, newest first."""
    found = tx.threads.page(page, **visible(tx, viewer, mailbox))
    return PageOf(tuple(_summary(tx, thread) for thread in found.items), found.cursor)


def retrieve(tx: Tx, thread_id: str, page: Page, viewer: Viewer) -> Conversation:
    """One thread; one of another agent's mailbox is NotFound."""
    thread = tx.threads.find(id=thread_id)
    if thread is None or not sees(tx, viewer, thread.mailbox_id):
        raise NotFound(f"there is no thread {thread_id}", fix="loftbox thread list shows what there is")
    found = tx.messages.page(replace(page, newest_first=False), thread_id=thread.id)
    messages = PageOf(tuple(standing(tx, message) for message in found.items), found.cursor)
    return Conversation(_summary(tx, thread), tuple(tx.participants.all(thread_id=thread.id)), messages)


def _summary(tx: Tx, thread: Thread) -> Summary:
    return Summary(thread, tx.mailboxes.get(thread.mailbox_id), tx.messages.count(thread_id=thread.id))
