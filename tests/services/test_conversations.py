"""Conversations as they are read, whose turn it is in them, and what people do with them."""

from datetime import timedelta
from typing import Any

import pytest

from loftbox_cli.core.decision import Answer
from loftbox_cli.core.errors import BadInput, Conflict, NotFound
from loftbox_cli.core.events import EventType
from loftbox_cli.core.mailbox import Mailbox, Oversight
from loftbox_cli.core.message import Message, MessageState
from loftbox_cli.core.page import Page
from loftbox_cli.core.thread import ThreadState
from loftbox_cli.services import approvals, threads
from loftbox_cli.services.threads import Conversation
from loftbox_cli.services.tx import EVERYTHING, Viewer
from tests.services.house import ANNA, UNKNOWN, House, letter

HELP = "help@example.com"


@pytest.fixture(autouse=True)
def mailbox(house: House) -> Mailbox:
    return house.mailbox(HELP)


def receive(house: House, name: str, *names: str, **fields: Any) -> Message:
    references = tuple(f"<{each}@peer.test>" for each in names)
    reading = letter(message_id=f"<{name}@peer.test>", references=references, **fields)
    (message,) = house.receive(HELP, reading=reading)
    return message


def retrieve(house: House, thread_id: str, page: Page | None = None) -> Conversation:
    return house.see(threads.retrieve, thread_id, page or Page(), EVERYTHING)


def state(house: House, message: Message) -> ThreadState:
    return house.see(lambda tx: tx.threads.get(message.thread_id)).state


def act(house: House, verb: Any, thread_id: str, **more: Any) -> threads.Summary:
    summary: threads.Summary = house.do(
        verb, thread_id, EVERYTHING, by=ANNA, request_id=house.request(), now=house.now, **more
    )
    return summary


def test_each_message_names_the_one_that_it_answers(house: House, mailbox: Mailbox) -> None:
    sent = house.send(mailbox, "jane@peer.test").message
    answer = receive(house, "a", in_reply_to=(sent.rfc_message_id,))
    ours = house.send(mailbox, "jane@peer.test", in_reply_to=answer.id).message
    found = retrieve(house, sent.thread_id)
    assert [(each.standing.message.id, each.parent_id) for each in found.turns.items] == [
        (sent.id, None),
        (answer.id, sent.id),
        (ours.id, answer.id),
    ]


def test_a_parent_that_came_late_stands_before_its_answers_on_every_page(house: House) -> None:
    second = receive(house, "b", "a")
    third = receive(house, "c", "a", "b")
    first = receive(house, "a")
    assert retrieve(house, first.thread_id).summary.total == 3
    seen: list[tuple[str, str | None]] = []
    page = Page(1)
    while True:
        found = retrieve(house, first.thread_id, page)
        seen += [(each.standing.message.id, each.parent_id) for each in found.turns.items]
        if not found.turns.cursor:
            break
        page = Page(1, found.turns.cursor)
    assert seen == [(first.id, None), (second.id, first.id), (third.id, second.id)]


def test_a_cursor_of_another_thread_is_refused(house: House) -> None:
    one, two = receive(house, "a"), receive(house, "b")
    with pytest.raises(BadInput, match="points nowhere"):
        retrieve(house, one.thread_id, Page(after=two.id))


def test_threads_that_belong_together_name_each_other(house: House) -> None:
    one, two = receive(house, "b", "a"), receive(house, "d", "c")
    receive(house, "c", "a")
    assert retrieve(house, one.thread_id).related == (two.thread_id,)
    assert retrieve(house, two.thread_id).related == (one.thread_id,)


@pytest.fixture
def held(house: House) -> Any:
    """A message of ours that waits for a person."""
    gated = house.mailbox("gated@example.com", oversight=Oversight.GATED_ALL)
    return house.send(gated, "jane@peer.test")


def test_a_thread_waits_while_a_message_is_held_and_no_longer_when_it_was_rejected(
    house: House, held: Any
) -> None:
    assert state(house, held.message) is ThreadState.WAITING
    house.reject(held)
    assert state(house, held.message) is ThreadState.OPEN


def test_a_thread_waits_no_longer_when_nobody_answered_in_time(house: House, held: Any) -> None:
    house.clock.advance(hours=25)
    house.do(approvals.expire, now=house.now)
    assert house.message(held.message.id).state is MessageState.EXPIRED
    assert state(house, held.message) is ThreadState.OPEN


def test_a_rejected_message_gives_the_turn_back_to_whom_the_one_before_left_it(
    house: House, held: Any
) -> None:
    house.approve(held)
    gated = house.see(lambda tx: tx.mailboxes.get(held.message.mailbox_id))
    second = house.send(gated, "jane@peer.test", in_reply_to=held.message.id)
    house.reject(second)
    assert state(house, held.message) is ThreadState.WAITING


def test_a_thread_waits_no_longer_for_an_answer_to_what_reached_nobody(
    house: House, mailbox: Mailbox
) -> None:
    sent = house.send(mailbox, "jane@peer.test", "tom@peer.test").message
    states = []
    for delivery in house.claim():
        house.record(delivery, UNKNOWN)
        states.append(state(house, sent))
    assert states == [ThreadState.WAITING, ThreadState.OPEN]


def test_a_paused_thread_holds_what_is_written_into_it_and_what_was_released(
    house: House, mailbox: Mailbox
) -> None:
    sent = house.send(mailbox, "jane@peer.test").message
    act(house, threads.pause, sent.thread_id, why="too fast")
    assert house.claim() == []
    second = house.send(mailbox, "jane@peer.test", in_reply_to=sent.id)
    assert (second.decision.answer, second.decision.reasons) == (Answer.HOLD, ("thread_paused",))
    answer = receive(house, "a", in_reply_to=(sent.rfc_message_id,))
    assert answer.thread_id == sent.thread_id
    assert state(house, sent) is ThreadState.PAUSED
    act(house, threads.resume, sent.thread_id)
    house.clock.advance(hours=1)
    (delivery,) = house.claim()
    assert delivery.message_id == sent.id


def test_a_pause_is_told_once_with_who_and_why(house: House, mailbox: Mailbox) -> None:
    sent = house.send(mailbox, "jane@peer.test").message
    for _ in range(2):
        act(house, threads.pause, sent.thread_id, why="too fast")
    act(house, threads.resume, sent.thread_id)
    paused, resumed = house.told(EventType.THREAD_PAUSED, EventType.THREAD_RESUMED)
    assert paused.data == {"by": ANNA.id, "why": "too fast"}
    assert resumed.data == {"by": ANNA.id}
    assert paused.thread_id == sent.thread_id
    assert paused.agent_id == mailbox.agent_id
    assert state(house, sent) is ThreadState.WAITING


def test_what_is_not_paused_is_not_resumed(house: House) -> None:
    message = receive(house, "a")
    with pytest.raises(NotFound, match="is not paused"):
        act(house, threads.resume, message.thread_id)


def test_a_thread_is_closed_until_somebody_writes(house: House) -> None:
    message = receive(house, "a")
    for _ in range(2):
        act(house, threads.close, message.thread_id)
    assert len(house.told(EventType.THREAD_CLOSED)) == 1
    assert state(house, message) is ThreadState.CLOSED
    receive(house, "b", "a")
    assert state(house, message) is ThreadState.OPEN


def test_a_paused_thread_is_resumed_before_it_is_closed(house: House) -> None:
    message = receive(house, "a")
    act(house, threads.pause, message.thread_id, why="")
    with pytest.raises(Conflict, match="is paused"):
        act(house, threads.close, message.thread_id)


def test_a_conversation_of_two_thousand_messages_is_read_page_by_page(house: House) -> None:
    first = receive(house, "0")

    def fill(tx: Any) -> None:
        for number in range(1, 2_000):
            tx.messages.add(
                type(first)(
                    **{name: getattr(first, name) for name in type(first).__slots__}
                    | {
                        "id": tx.mint("msg"),
                        "rfc_message_id": f"<{number}@peer.test>",
                        "references": (f"<{number - 1}@peer.test>",),
                        "created_at": first.created_at + timedelta(seconds=number),
                    }
                )
            )

    house.do(fill)
    found = retrieve(house, first.thread_id, Page(200))
    assert (found.summary.total, len(found.turns.items)) == (2_000, 200)
    rest = retrieve(house, first.thread_id, Page(200, found.turns.cursor))
    assert rest.turns.items[0].parent_id == found.turns.items[-1].standing.message.id


def test_a_stranger_of_another_agent_neither_pauses_nor_reads_it(house: House) -> None:
    message = receive(house, "a")
    other = Viewer(house.agent("other").id)
    with pytest.raises(NotFound):
        house.see(threads.retrieve, message.thread_id, Page(), other)
    with pytest.raises(NotFound):
        house.do(
            threads.pause,
            message.thread_id,
            other,
            by=ANNA,
            why="",
            request_id=house.request(),
            now=house.now,
        )
