"""What one peer may take of the door."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core import peer_limits
from loftbox_cli.core.octet_budget import OctetBudget
from loftbox_cli.core.peer_limits import SPAN, Entry, PeerLimits, PeerRates

pytestmark = pytest.mark.rule("I21")

RATES = PeerRates(at_once=2, connections=4, messages=3)


@pytest.mark.parametrize(
    ("address", "peer"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("10.1.2.3", ""),
        ("fd00::1", ""),
        ("", ""),
    ],
)
def test_a_peer_is_an_ipv4_address_or_an_ipv6_64_outside_the_exempt_networks(address: str, peer: str) -> None:
    assert PeerLimits(RATES, ("10.0.0.0/8", "fd00::/8")).peer_of(address) == peer


def test_a_connection_too_many_at_once_is_welcome_when_another_has_left() -> None:
    limits = PeerLimits(RATES)
    assert [limits.enter("a", 0) for _ in range(3)] == [Entry.WELCOME, Entry.WELCOME, Entry.TOO_MANY_AT_ONCE]
    assert limits.enter("b", 0) is Entry.WELCOME
    limits.leave("a")
    assert limits.enter("a", 0) is Entry.WELCOME


def test_connections_of_a_minute_are_counted_whether_they_were_welcome_or_not() -> None:
    limits = PeerLimits(RATES)
    entries = []
    for at in (0, 1, 58, 59, 59.9, 60):
        entries.append(limits.enter("a", at))
        if entries[-1] is Entry.WELCOME:
            limits.leave("a")
    assert entries == [*[Entry.WELCOME] * 4, Entry.TOO_MANY_A_MINUTE, Entry.WELCOME]


def test_messages_of_a_minute_are_counted_for_each_peer() -> None:
    limits = PeerLimits(RATES)
    assert [limits.may_send("a", at) for at in (0, 1, 59, 59.5, 60)] == [True, True, True, False, True]
    assert limits.may_send("b", 60)


def test_an_exempt_peer_has_no_limit() -> None:
    limits = PeerLimits(PeerRates(0, 0, 0))
    assert limits.enter("", 0) is Entry.WELCOME
    assert limits.may_send("", 0)
    limits.leave("")


def test_no_number_of_peers_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer_limits, "MOST_PEERS", 10)
    limits = PeerLimits(RATES)
    for number in range(100):
        limits.may_send(str(number), 0)
        limits.enter(str(number), 0)
        limits.leave(str(number))
    assert limits._open == {}
    assert max(len(limits._messages), len(limits._connections)) <= 11


def test_wrong_guesses_are_counted_over_sessions_and_forgotten_with_their_span() -> None:
    limits = PeerLimits(PeerRates(guesses=2))
    for at in (0.0, SPAN - 1):
        assert limits.enter("a", at) is Entry.WELCOME
        limits.guessed("a", at)
        limits.leave("a")
    assert limits.enter("a", SPAN - 1) is Entry.TOO_MANY_GUESSES
    assert limits.enter("b", SPAN - 1) is Entry.WELCOME
    assert limits.enter("a", SPAN) is Entry.WELCOME
    limits.guessed("", SPAN)
    assert limits.may_guess("", SPAN)


@given(steps=st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), max_size=60))
def test_what_is_open_never_exceeds_the_limit_and_is_never_negative(steps: list[tuple[str, bool]]) -> None:
    limits = PeerLimits(PeerRates(at_once=2, connections=1000))
    is_open = {"a": 0, "b": 0}
    for peer, comes in steps:
        if comes:
            welcome = limits.enter(peer, 0) is Entry.WELCOME
            assert welcome == (is_open[peer] < 2)
            is_open[peer] += welcome
        elif is_open[peer]:
            limits.leave(peer)
            is_open[peer] -= 1
    assert limits._open == {peer: count for peer, count in is_open.items() if count}


def test_a_budget_gives_all_that_is_asked_or_nothing() -> None:
    budget = OctetBudget(10)
    assert budget.take(6)
    assert not budget.take(5)
    assert budget.held == 6
    assert budget.take(4)
    assert not budget.fits(1)
    budget.give_back(10)
    assert budget.fits(10)
