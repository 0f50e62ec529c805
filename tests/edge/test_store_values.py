"""Values go into the store and come out again as they were, in pages that neither skip nor repeat."""

import dataclasses
import itertools
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NewType, get_args, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loftbox_cli.core.agent import Agent
from loftbox_cli.core.approval import Approval
from loftbox_cli.core.delivery import Attempt, Delivery
from loftbox_cli.core.domain import Domain
from loftbox_cli.core.endpoint import (
    Endpoint,
    EndpointSecret,
    EndpointStatus,
    Notification,
    NotificationAttempt,
)
from loftbox_cli.core.errors import AlreadyExists, BadInput, NotFound
from loftbox_cli.core.events import Event, EventType
from loftbox_cli.core.ids import AgentId, EndpointId, EventId, RequestId, spell
from loftbox_cli.core.key import Key
from loftbox_cli.core.mailbox import Mailbox
from loftbox_cli.core.message import Message
from loftbox_cli.core.page import Page
from loftbox_cli.core.pause import Pause
from loftbox_cli.core.person import Person
from loftbox_cli.core.reading import Party
from loftbox_cli.core.thread import Participant, Thread
from loftbox_cli.edge.store import file, sqlite
from loftbox_cli.edge.store.codec import Codec, from_micros, to_micros
from loftbox_cli.edge.store.store import SqliteStore
from loftbox_cli.services.tx import Accepted, DomainKey, Fact, KeptAnswer, Tx

NOW = datetime(2026, 11, 21, 9, 41, 2, tzinfo=UTC)
VALUES = (
    Accepted, Agent, Approval, Attempt, Delivery, Domain, DomainKey, Endpoint, EndpointSecret, Event, Fact,
    KeptAnswer, Key, Mailbox, Message, Notification, NotificationAttempt, Participant, Pause, Person, Thread,
)  # fmt: skip
TIMES = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001  hypothesis puts the zone on
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001  likewise
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))]),
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Whatever a field of this type may hold."""
    while isinstance(hint, NewType):
        hint = hint.__supertype__
    simple: dict[Any, st.SearchStrategy[Any]] = {
        datetime: TIMES,
        str: TEXT,
        bytes: st.binary(max_size=20),
        int: st.integers(-(2**53), 2**53),
        bool: st.booleans(),
        type(None): st.none(),
    }
    if hint in simple:
        return simple[hint]
    if get_origin(hint) is tuple:
        return st.lists(values_of(get_args(hint)[0]), max_size=3).map(tuple)
    if get_origin(hint) is Mapping:
        return st.dictionaries(TEXT, TEXT, max_size=3)
    if get_args(hint):
        return st.one_of(*(values_of(option) for option in get_args(hint)))
    if dataclasses.is_dataclass(hint):
        return instances(hint)
    return st.sampled_from(list(hint))


def instances(kind: Any) -> st.SearchStrategy[Any]:
    return st.builds(kind, **{field.name: values_of(field.type) for field in dataclasses.fields(kind)})


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_each_value_comes_out_of_a_row_as_it_went_in(kind: Any, data: st.DataObject) -> None:
    value = data.draw(instances(kind))
    codec: Codec[Any] = Codec(kind)
    row = codec.row(value)
    connection = sqlite.dbapi.connect(":memory:")
    try:
        marks = ", ".join(f":{name}" for name in codec.names)
        read = connection.execute(f"SELECT {marks}", row).fetchone()
    finally:
        connection.close()
    assert codec.read(read) == value


def test_a_time_without_a_zone_is_not_stored() -> None:
    with pytest.raises(TypeError):
        to_micros(datetime(2026, 11, 21))  # noqa: DTZ001  that is the point


@given(TIMES)
def test_times_keep_their_microseconds(moment: datetime) -> None:
    assert from_micros(to_micros(moment)) == moment


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    path = tmp_path / "store.db"
    file.make(path)
    numbers = itertools.count(1)
    opened = SqliteStore(path, mint=lambda prefix: spell(prefix, 0, next(numbers)))
    try:
        yield opened
    finally:
        opened.close()


def agent(number: int, *, owner: str = "Anna") -> Agent:
    return Agent(AgentId(spell("agent", 0, number)), f"bot {number}", "support", owner, NOW)


def fill(tx: Tx, agents: list[Agent]) -> None:
    for each in agents:
        tx.agents.add(each)


def pages(store: SqliteStore, limit: int, *, newest_first: bool, **where: object) -> list[Agent]:
    seen: list[Agent] = []
    cursor = ""
    while True:
        found = store.glance(lambda tx, at=cursor: tx.agents.page(Page(limit, at, newest_first), **where))  # type: ignore[misc]  # mypy infers no lambda with a default
        assert len(found.items) <= limit
        seen += found.items
        cursor = found.cursor
        if not cursor:
            return seen


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("total", [0, 1, 6, 7])
@pytest.mark.parametrize("limit", [1, 3, 7, 200])
def test_pages_neither_skip_nor_repeat(
    store: SqliteStore, total: int, limit: int, newest_first: bool
) -> None:
    # Ids are shuffled: the order is that of storing, whatever the ids say.
    agents = [agent(number * 5 % 7) for number in range(total)]
    store.write(fill, agents)
    assert pages(store, limit, newest_first=newest_first) == (agents[::-1] if newest_first else agents)


def test_what_comes_while_somebody_turns_pages_moves_nothing(store: SqliteStore) -> None:
    store.write(fill, [agent(number) for number in range(4)])
    first = store.glance(lambda tx: tx.agents.page(Page(2)))
    store.write(fill, [agent(9)])
    second = store.glance(lambda tx: tx.agents.page(Page(2, first.cursor)))
    assert [each.name for each in (*first.items, *second.items)] == ["bot 3", "bot 2", "bot 1", "bot 0"]


def test_a_page_with_a_condition_holds_only_what_fits(store: SqliteStore) -> None:
    agents = [agent(number, owner="Ben" if number % 2 else "Anna") for number in range(7)]
    store.write(fill, agents)
    assert pages(store, 2, newest_first=False, owner="Ben") == agents[1::2]
    some = frozenset({agents[0].id, agents[5].id, AgentId("agent_unknown")})
    assert pages(store, 1, newest_first=False, id=some) == [agents[0], agents[5]]
    assert pages(store, 1, newest_first=False, id=frozenset()) == []


def test_a_cursor_that_points_nowhere_is_refused(store: SqliteStore) -> None:
    with pytest.raises(BadInput) as caught:
        store.glance(lambda tx: tx.agents.page(Page(after="agent_unknown")))
    assert caught.value.field == "cursor"


def test_a_shelf_finds_counts_changes_and_removes(store: SqliteStore) -> None:
    one, two = agent(1), agent(2, owner="Ben")
    store.write(fill, [one, two])
    assert store.glance(lambda tx: tx.agents.get(one.id)) == one
    assert store.glance(lambda tx: tx.agents.find(owner="Ben", name="bot 2")) == two
    assert store.glance(lambda tx: tx.agents.find(owner="Ben", name="bot 1")) is None
    assert store.glance(lambda tx: tx.agents.all()) == [one, two]
    changed = dataclasses.replace(one, purpose="sales")
    store.write(lambda tx: tx.agents.save(changed))
    assert store.glance(lambda tx: tx.agents.all()) == [changed, two]
    assert store.glance(lambda tx: (tx.agents.count(), tx.agents.count(owner="Ben"))) == (2, 1)
    assert store.write(lambda tx: tx.agents.remove(owner="Ben")) == 1
    assert store.glance(lambda tx: tx.agents.all()) == [changed]


def test_what_is_not_there_is_not_found_and_says_where_to_look(store: SqliteStore) -> None:
    with pytest.raises(NotFound) as caught:
        store.glance(lambda tx: tx.agents.get("agent_unknown"))
    assert caught.value.fact == "there is no agent agent_unknown"
    assert caught.value.fix == "loftbox agent list shows what there is"


def test_a_name_that_is_taken_is_told_with_its_field(store: SqliteStore) -> None:
    store.write(fill, [agent(1)])
    twin = dataclasses.replace(agent(2), name="bot 1")
    with pytest.raises(AlreadyExists) as caught:
        store.write(fill, [twin])
    assert caught.value.field == "name"


def test_raw_bytes_are_kept_once_under_their_name(store: SqliteStore) -> None:
    def keep(tx: Tx) -> str:
        tx.keep(b"\0\xff", "ab")
        return tx.keep(b"\0\xff", "ab")

    assert store.write(keep) == "ab"
    assert store.glance(lambda tx: tx.raw("ab")) == b"\0\xff"
    with pytest.raises(NotFound):
        store.glance(lambda tx: tx.raw("cd"))


def tell(tx: Tx, number: int) -> Event:
    event = Event(
        0,
        EventId(spell("evt", 0, number)),
        EventType.CLOCK_JUMPED,
        NOW,
        RequestId("req_1"),
        data={"number": number},
    )
    return tx.journal.tell(event)


def test_events_count_up_in_the_order_of_their_commits(store: SqliteStore) -> None:
    def undone(tx: Tx) -> None:
        tell(tx, 99)
        raise NotFound("after all")

    # Ids that were minted in another order change nothing.
    first = store.write(tell, 7)
    with pytest.raises(NotFound):
        store.write(undone)
    second = store.write(tell, 3)
    assert second.seq == first.seq + 1
    assert store.glance(lambda tx: tx.journal.after(0, 10)) == [first, second]
    assert store.glance(lambda tx: tx.journal.after(first.seq, 10)) == [second]
    assert store.glance(lambda tx: tx.journal.before(None, 10)) == [second, first]
    assert store.glance(lambda tx: tx.journal.before(second.seq, 10)) == [first]
    assert store.glance(lambda tx: tx.journal.last_seq()) == second.seq
    assert store.glance(lambda tx: tx.journal.get(first.id)) == first


def test_the_log_of_a_new_store_is_empty(store: SqliteStore) -> None:
    assert store.glance(lambda tx: tx.journal.last_seq()) == 0
    assert store.glance(lambda tx: tx.journal.before(None, 10)) == []


def test_an_event_and_its_notifications_are_written_together(store: SqliteStore) -> None:
    def endpoint(name: str, status: EndpointStatus, *events: str) -> Endpoint:
        return Endpoint(EndpointId(name), "https://peer.test", events, None, status, NOW)

    def endpoints(tx: Tx) -> None:
        tx.endpoints.add(endpoint("wh_all", EndpointStatus.ACTIVE))
        tx.endpoints.add(endpoint("wh_other", EndpointStatus.ACTIVE, "message.held"))
        tx.endpoints.add(endpoint("wh_off", EndpointStatus.DISABLED))

    store.write(endpoints)
    told = store.write(tell, 1)
    (notification,) = store.glance(lambda tx: tx.notifications.all())
    assert (notification.endpoint_id, notification.event_seq) == ("wh_all", told.seq)
    assert (notification.body, notification.next_at) == (b"", NOW)


@given(st.lists(TEXT, max_size=3), st.lists(st.tuples(TEXT, TEXT), max_size=3))
def test_lists_are_stored_as_compact_json(texts: list[str], pairs: list[tuple[str, str]]) -> None:
    codec = Codec(Message)
    people = [{"address": address, "name": name} for address, name in pairs]

    def compact(value: object) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    assert codec.column("labels", tuple(texts)) == compact(texts)
    assert codec.column("to", tuple(Party(*each) for each in pairs)) == compact(people)
    assert codec.column("metadata", {}) == "{}"
