"""Trees of conversations, as RFC 5256 section 2.2 builds them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.thread_tree import Named, Node, branches, forest, normal_id, parents, reading_order

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
LONG = 3_000  # deeper than the interpreter would recurse


def named(name: str, *references: str, to: Sequence[str] = (), subject: str = "hello", at: int = 0) -> Named:
    """A message `<name@peer.test>`; "" is one without an id."""
    return Named(
        f"<{name}@peer.test>" if name else "",
        tuple(f"<{each}@peer.test>" for each in references),
        tuple(f"<{each}@peer.test>" for each in to),
        subject,
        MONDAY + timedelta(minutes=at),
    )


def drawn(trees: Sequence[Node]) -> str:
    """Trees as text: places in order, what answers a message in brackets, a dummy as a dot."""
    return " ".join(
        ("." if node.place is None else str(node.place))
        + (f"({drawn(node.children)})" if node.children else "")
        for node in trees
    )


CASES = {
    "a chain": ([named("a"), named("b", "a"), named("c", "a", "b")], "0(1(2))"),
    "two answers": ([named("a"), named("b", "a"), named("c", "a")], "0(1 2)"),
    "crossed answers": (
        [named("a"), named("b", "a"), named("c", "a"), named("d", "a", "b"), named("e", "a", "c")],
        "0(1(3) 2(4))",
    ),
    "answers before what they answer": ([named("c", "a", "b"), named("b", "a"), named("a")], "2(1(0))"),
    "strangers": ([named("a"), named("b")], "0 1"),
    "In-Reply-To where there are no References": ([named("a"), named("b", to=["a"])], "0(1)"),
    "References count more than In-Reply-To": ([named("a"), named("b"), named("c", "a", to=["b"])], "0(2) 1"),
    "only the first In-Reply-To": ([named("a"), named("b"), named("c", to=["b", "a"])], "0 1(2)"),
    "a missing root of two": ([named("b", "a"), named("c", "a")], ".(0 1)"),
    "a missing root of one": ([named("b", "a")], "0"),
    "a missing message between two": ([named("a"), named("c", "a", "b")], "0(1)"),
    "two missing messages above two": ([named("c", "a", "b"), named("d", "a", "b")], ".(0 1)"),
    "a truncated list of References": (
        [named("a"), named("b", "a"), named("c", "b"), named("d", "a", "b", "c")],
        "0(1(2(3)))",
    ),
    "its own word about its parent counts": ([named("c", "a", "b"), named("a"), named("b")], "1 2(0)"),
    "a message that names itself": ([named("a", "a")], "0"),
    "two that name each other": ([named("a", "b"), named("b", "a")], "1(0)"),
    "a loop of three": ([named("a", "b"), named("b", "c"), named("c", "a")], "2(1(0))"),
    "a loop within one list": ([named("a"), named("d", "a", "b", "a", "c")], "0(1)"),
    "one id twice": ([named("a"), named("a", subject="other"), named("b", "a")], "0(2) 1"),
    "no id at all": ([named(""), named(""), named("b", "a")], "0 1 2"),
    "siblings by date": ([named("a"), named("b", "a", at=9), named("c", "a", at=5)], "0(2 1)"),
    "threads by date, a dummy by its first child": (
        [named("a", at=5), named("c", "x", at=4), named("d", "x", at=9), named("e", at=3)],
        "3 .(1 2) 0",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("messages", "tree"), CASES.values(), ids=CASES.keys())
def test_messages_stand_under_what_they_answer(messages: list[Named], tree: str) -> None:
    assert drawn(forest(messages)) == tree


GROUPED = {
    "a reply goes under what it replies to": (
        [named("a", subject="Order 7"), named("b", subject="Re: order 7", at=1)],
        "0(1)",
    ),
    "also when it was sent first": (
        [named("b", subject="Re: Order 7"), named("a", subject="Order 7", at=1)],
        "1(0)",
    ),
    "two of one rank become siblings": ([named("a"), named("b", at=1)], ".(0 1)"),
    "two replies become siblings": ([named("a", subject="Re: x"), named("b", subject="Re: x")], ".(0 1)"),
    "a message joins a dummy": ([named("b", "x"), named("c", "x"), named("d", at=1)], ".(0 1 2)"),
    "a dummy takes what came first": ([named("d"), named("b", "x", at=1), named("c", "x", at=2)], ".(0 1 2)"),
    "two dummies become one": (
        [named("a", "x"), named("b", "x"), named("c", "y", at=1), named("d", "y", at=2)],
        ".(0 1 2 3)",
    ),
    "three of one rank become siblings": ([named("a"), named("b", at=1), named("c", at=2)], ".(0 1 2)"),
    "no subject groups nothing": ([named("a", subject=""), named("b", subject="Re:")], "0 1"),
    "other subjects stay apart": ([named("a", subject="x"), named("b", subject="y")], "0 1"),
}


@pytest.mark.parametrize(("messages", "tree"), GROUPED.values(), ids=GROUPED.keys())
def test_threads_are_grouped_by_subject_where_that_is_asked_for(messages: list[Named], tree: str) -> None:
    assert drawn(forest(messages, by_subject=True)) == tree


def test_nothing_is_grouped_by_subject_otherwise() -> None:
    assert drawn(forest([named("a"), named("b", subject="Re: hello")])) == "0 1"


def test_needless_quotes_make_no_other_id() -> None:
    assert normal_id('<"a.b"@peer.test>') == "<a.b@peer.test>"
    assert normal_id(r'<"a\"b"@peer.test>') == '<a"b@peer.test>'
    assert normal_id("<a@peer.test>") == "<a@peer.test>"


@pytest.mark.parametrize("backwards", [False, True])
def test_a_conversation_may_be_as_long_as_it_likes(backwards: bool) -> None:
    messages = [named("0"), *(named(str(n), str(n - 1)) for n in range(1, LONG))]
    found = parents(messages[::-1] if backwards else messages)
    assert sorted(found, key=lambda place: -1 if place is None else place) == [
        None,
        *(range(1, LONG) if backwards else range(LONG - 1)),
    ]


ids = st.sampled_from(["a", "b", "c", "d", "e", "f", ""])
messages = st.lists(
    st.builds(
        lambda name, references, to, subject, at: named(name, *references, to=to, subject=subject, at=at),
        ids,
        st.lists(ids, max_size=6),
        st.lists(ids, max_size=2),
        st.sampled_from(["", "x", "Re: x", "[list] x", "Fwd: y"]),
        st.integers(0, 3),
    ),
    max_size=12,
)


@given(messages, st.booleans())
def test_every_message_stands_in_the_trees_once(given_: list[Named], by_subject: bool) -> None:
    places = [branch.node.place for branch in branches(forest(given_, by_subject=by_subject))]
    assert sorted(place for place in places if place is not None) == list(range(len(given_)))


@given(messages)
def test_dummies_only_hold_together_what_has_no_parent(given_: list[Named]) -> None:
    for node, depth, _ in branches(forest(given_)):
        assert node.place is not None or (depth == 0 and len(node.children) > 1)


@given(messages)
def test_siblings_are_in_order_of_their_dates(given_: list[Named]) -> None:
    for node, _, _ in branches(forest(given_)):
        dates = [given_[child.place].date for child in node.children if child.place is not None]
        assert dates == sorted(dates)


@given(messages)
def test_whoever_reads_in_order_meets_a_message_before_its_answers(given_: list[Named]) -> None:
    above = parents(given_)
    order = reading_order(above)
    assert sorted(order) == list(range(len(given_)))
    for place, parent in enumerate(above):
        assert parent is None or order.index(parent) < order.index(place)


def test_the_order_of_arrival_stays_where_nothing_came_late() -> None:
    assert reading_order([None, 0, None, 1]) == [0, 1, 2, 3]
    assert reading_order([2, None, None]) == [2, 0, 1]
