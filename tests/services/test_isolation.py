"""What belongs to one agent does not exist for another, through whichever verb it looks."""

from collections.abc import Callable

import pytest

from loftbox_cli.core.agent import Agent
from loftbox_cli.core.errors import BadInput, NotFound
from loftbox_cli.core.message import Direction
from loftbox_cli.core.page import Page
from loftbox_cli.services import agents, events, mailboxes, messages, threads
from loftbox_cli.services.tx import EVERYTHING, Tx, Viewer
from tests.services.house import House


class Two:
    """Two agents with a mailbox, a conversation and events each; `mine` looks at what is `theirs`."""

    def __init__(self, house: House) -> None:
        self.mine: Agent = house.agent("mine")
        self.theirs: Agent = house.agent("theirs")
        self.my_mailbox = house.mailbox("mine@example.com", self.mine)
        self.their_mailbox = house.mailbox("theirs@example.com", self.theirs)
        self.my_message = house.send(self.my_mailbox).message
        self.their_message = house.send(self.their_mailbox).message
        house.receive("mine@example.com", "theirs@example.com", "postmaster@example.com")
        self.their_event = next(each for each in house.told() if each.agent_id == self.theirs.id)
        self.gateway_event = next(each for each in house.told() if each.agent_id is None)
        self.me = Viewer(self.mine.id)


ONE_THING: list[tuple[str, Callable[[Tx, Two], object]]] = [
    ("agent by id", lambda tx, two: agents.find(tx, two.theirs.id, two.me)),
    ("agent by name", lambda tx, two: agents.find(tx, "theirs", two.me)),
    ("message", lambda tx, two: messages.find(tx, two.their_message.id, two.me)),
    ("message with attempts", lambda tx, two: messages.show(tx, two.their_message.id, two.me)),
    ("raw message", lambda tx, two: messages.raw(tx, two.their_message.id, two.me)),
    (
        "messages of a mailbox",
        lambda tx, two: messages.page(tx, Page(), two.me, messages.Wanted(mailbox=two.their_mailbox.id)),
    ),
    (
        "messages of an address",
        lambda tx, two: messages.page(tx, Page(), two.me, messages.Wanted(mailbox=two.their_mailbox.address)),
    ),
    (
        "messages of the operator",
        lambda tx, two: messages.page(tx, Page(), two.me, messages.Wanted(mailbox="postmaster")),
    ),
    ("thread", lambda tx, two: threads.retrieve(tx, two.their_message.thread_id, Page(), two.me)),
    ("threads of a mailbox", lambda tx, two: threads.page(tx, Page(), two.me, mailbox=two.their_mailbox.id)),
    ("event", lambda tx, two: events.find(tx, two.their_event.id, two.me)),
    ("event of the gateway", lambda tx, two: events.find(tx, two.gateway_event.id, two.me)),
]


@pytest.mark.parametrize("look", [look for _, look in ONE_THING], ids=[name for name, _ in ONE_THING])
def test_what_belongs_to_another_agent_is_not_found(house: House, look: Callable[[Tx, Two], object]) -> None:
    house.refuses(NotFound, look, Two(house))


@pytest.mark.rule("D8")
def test_what_is_foreign_and_what_does_not_exist_are_refused_in_the_same_words(house: House) -> None:
    two = Two(house)
    verbs: list[tuple[Callable[[Tx, str], object], str]] = [
        (lambda tx, name: messages.find(tx, name, two.me), two.their_message.id),
        (lambda tx, name: threads.retrieve(tx, name, Page(), two.me), two.their_message.thread_id),
        (lambda tx, name: events.find(tx, name, two.me), two.their_event.id),
        (lambda tx, name: agents.find(tx, name, two.me), two.theirs.id),
    ]
    for verb, foreign in verbs:
        unknown = foreign[:-3] + "zzz"
        one, other = house.refuses(NotFound, verb, foreign), house.refuses(NotFound, verb, unknown)
        assert one.fact.replace(foreign, unknown) == other.fact
        assert (one.fix, one.field, one.code) == (other.fix, other.field, other.code)


def test_lists_show_an_agent_what_is_its_own_and_everybody_else_everything(house: House) -> None:
    two = Two(house)
    mine = two.my_mailbox.id
    assert [each.id for each in house.see(agents.page, Page(), two.me).items] == [two.mine.id]
    assert [each.id for each in house.see(mailboxes.page, Page(), two.me).items] == [mine]
    seen = house.see(messages.page, Page(), two.me).items
    assert {each.standing.message.mailbox_id for each in seen} == {mine}
    assert len(seen) == 2
    assert {each.thread.mailbox_id for each in house.see(threads.page, Page(), two.me).items} == {mine}
    told = house.see(events.page, Page(limit=200), events.Wanted(), two.me).items
    assert told
    assert {each.agent_id for each in told} == {two.mine.id}
    assert {each.agent_id for each in house.see(events.after, 0, 200, events.Wanted(), two.me)} == {
        two.mine.id
    }
    assert len(house.see(messages.page, Page(), EVERYTHING).items) == 5
    assert len(house.see(mailboxes.page, Page(), EVERYTHING).items) == 3
    assert len(house.see(events.page, Page(limit=200), events.Wanted(), EVERYTHING).items) == len(
        house.told()
    )


@pytest.mark.parametrize(
    "wanted",
    [
        lambda two: events.Wanted(mailbox_id=two.their_mailbox.id),
        lambda two: events.Wanted(thread_id=two.their_message.thread_id),
        lambda two: events.Wanted(message_id=two.their_message.id),
        lambda two: events.Wanted(request_id=two.their_message.request_id),
    ],
)
def test_no_filter_of_the_log_reaches_what_is_foreign(
    house: House, wanted: Callable[[Two], events.Wanted]
) -> None:
    two = Two(house)
    assert house.see(events.page, Page(), wanted(two), two.me).items == ()
    assert house.see(events.page, Page(), wanted(two), EVERYTHING).items


def test_an_agent_without_a_mailbox_sees_an_empty_house(house: House) -> None:
    Two(house)
    nobody = Viewer(house.agent("nobody").id)
    assert house.see(messages.page, Page(), nobody).items == ()
    assert house.see(threads.page, Page(), nobody).items == ()
    assert house.see(mailboxes.page, Page(), nobody).items == ()


def test_a_conversation_is_shown_oldest_message_first_with_its_total(house: House) -> None:
    mailbox = house.mailbox()
    first = house.send(mailbox).message
    ids = [first.id, *(house.send(mailbox, in_reply_to=first.id).message.id for _ in range(2))]
    page = house.see(threads.retrieve, first.thread_id, Page(limit=2), EVERYTHING)
    assert page.summary.total == 3
    assert [each.standing.message.id for each in page.turns.items] == ids[:2]
    rest = Page(limit=2, after=page.turns.cursor)
    page = house.see(threads.retrieve, first.thread_id, rest, EVERYTHING)
    assert [each.standing.message.id for each in page.turns.items] == ids[2:]
    assert page.turns.cursor == ""


def test_messages_are_listed_by_direction(house: House) -> None:
    two = Two(house)
    for direction in Direction:
        found = house.see(messages.page, Page(), two.me, messages.Wanted(direction=direction)).items
        assert [each.standing.message.direction for each in found] == [direction]


def test_the_log_is_paged_both_ways_without_a_gap(house: House) -> None:
    Two(house)
    everything = [event.seq for event in house.told()]
    for newest_first in (True, False):
        seen: list[int] = []
        cursor = ""
        while True:
            page = Page(3, cursor, newest_first)
            found = house.see(events.page, page, events.Wanted(), EVERYTHING)
            seen += [event.seq for event in found.items]
            cursor = found.cursor
            if not cursor:
                break
        assert seen == sorted(everything, reverse=newest_first)


@pytest.mark.parametrize(
    ("page", "wanted", "field"),
    [
        (Page(after="x"), events.Wanted(), "cursor"),
        (Page(after="-1"), events.Wanted(), "cursor"),
        (Page(after="9" * 30), events.Wanted(), "cursor"),
        (Page(after="٣"), events.Wanted(), "cursor"),
        (Page(), events.Wanted(types=("message.recieved",)), "type"),
    ],
)
def test_a_cursor_or_type_that_cannot_be_is_refused_with_its_field(
    house: House, page: Page, wanted: events.Wanted, field: str
) -> None:
    assert house.refuses(BadInput, events.page, page, wanted, EVERYTHING).field == field
