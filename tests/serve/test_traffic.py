"""What the deliver loop remembers of the sites that it carries to."""

from dataclasses import replace
from datetime import timedelta

import pytest

from loftbox_cli.core.pacing import BEGIN, Hand, Lane, Rest
from loftbox_cli.core.report import Reply, Report, Stage
from loftbox_cli.daemon.traffic import Traffic
from tests.core.queued import NOW, QUEUED

CAP = 15
TAKEN = Report(Stage.DOT, Reply(250, "2.0.0", "Ok"))
DEAD = Report(Stage.CONNECT, fault="no connection to mx.test")
SLOW = Report(Stage.MAIL, Reply(421, "4.7.0", "too fast"))
ONE, TWO = QUEUED, replace(QUEUED, recipient="joe@two.test", destination="two.test")


@pytest.fixture
def traffic() -> Traffic:
    return Traffic(CAP)


def room(traffic: Traffic, destination: str, *rests: Rest) -> int:
    return Hand(traffic.slots(100, rests, NOW)).room(Lane(QUEUED.domain_id, destination))


def test_a_strange_destination_gets_a_few_slots(traffic: Traffic) -> None:
    assert room(traffic, "peer.test") == BEGIN
    traffic.begins(ONE)
    assert room(traffic, "peer.test") == BEGIN - 1
    traffic.ends("peer.test")
    assert room(traffic, "peer.test") == BEGIN


def test_a_small_gateway_gives_none_more_than_its_share() -> None:
    assert room(Traffic(2), "peer.test") == 2


def test_domains_behind_the_same_hosts_count_together_once_that_is_known(traffic: Traffic) -> None:
    for delivery in (ONE, TWO):
        counted_for = traffic.begins(delivery)
        assert traffic.joins(delivery, counted_for, "mx.test")
        traffic.moves(counted_for, "mx.test")
    assert room(traffic, "peer.test") == BEGIN - 2
    assert room(traffic, "two.test") == BEGIN - 2
    assert traffic.begins(ONE) == "mx.test"
    assert room(traffic, "two.test") == BEGIN - 3


def test_a_delivery_that_turns_out_to_lead_to_a_full_site_is_not_let_in(traffic: Traffic) -> None:
    for _ in range(BEGIN):
        counted_for = traffic.begins(ONE)
        traffic.joins(ONE, counted_for, "mx.test")
        traffic.moves(counted_for, "mx.test")
    assert not traffic.joins(TWO, traffic.begins(TWO), "mx.test")
    traffic.ends("two.test")
    assert room(traffic, "two.test") == 0


def test_a_delivery_that_turns_out_to_lead_to_a_resting_site_is_not_let_in(traffic: Traffic) -> None:
    rest = Rest("mx.test", ("peer.test",), NOW, NOW + timedelta(minutes=2), "too fast")
    traffic.slots(100, [rest], NOW)
    assert not traffic.joins(TWO, traffic.begins(TWO), "mx.test")


def test_a_site_that_takes_mail_gets_more_at_once(traffic: Traffic) -> None:
    for _ in range(200):
        traffic.saw("peer.test", TAKEN, NOW)
    traffic.begins(ONE)
    assert room(traffic, "peer.test") == CAP - 1


def test_a_site_that_rests_gets_nothing_before_the_rest_is_stored_and_after(traffic: Traffic) -> None:
    traffic.joins(ONE, traffic.begins(ONE), "mx.test")
    rest = traffic.saw("mx.test", SLOW, NOW)
    assert rest == Rest("mx.test", ("peer.test",), NOW, NOW + timedelta(minutes=2), "421 4.7.0 too fast")
    assert room(traffic, "peer.test") == 0
    traffic.kept(rest)
    assert room(traffic, "peer.test", rest) == 0


def test_a_rest_is_over_when_the_store_has_it_no_more(traffic: Traffic) -> None:
    for _ in range(3):
        rest = traffic.saw("peer.test", DEAD, NOW)
    assert rest is not None
    traffic.kept(rest)
    assert room(traffic, "peer.test", rest) == 0
    assert room(traffic, "peer.test") == 1


def test_after_a_start_the_stored_rests_still_hold(traffic: Traffic) -> None:
    rest = Rest("mx.test", ("peer.test", "two.test"), NOW, NOW + timedelta(minutes=2), "too fast")
    assert [room(traffic, name, rest) for name in ("peer.test", "two.test", "other.test")] == [0, 0, BEGIN]
    over = replace(rest, until=NOW)
    assert room(traffic, "peer.test", over) == BEGIN


def test_what_is_known_of_sites_is_bounded_and_trouble_is_forgotten_last(
    traffic: Traffic, monkeypatch: pytest.MonkeyPatch
) -> None:
    for bound in ("MOST_LANES", "MOST_PACES"):
        monkeypatch.setattr(f"loftbox_cli.daemon.traffic.{bound}", 3)
    traffic.saw("slow.test", SLOW, NOW)
    for number in range(5):
        name = f"d{number}.test"
        delivery = replace(QUEUED, destination=name)
        traffic.moves(traffic.begins(delivery), name)
        traffic.joins(delivery, name, name)
        traffic.ends(name)
        for _ in range(BEGIN):
            traffic.saw(name, TAKEN, NOW)
    assert len(traffic.slots(100, (), NOW).site_of) == 3
    for name in ("d0.test", "d4.test"):
        traffic.begins(replace(QUEUED, destination=name))
    assert (room(traffic, "d0.test"), room(traffic, "d4.test")) == (BEGIN - 1, BEGIN)
    later = NOW + timedelta(days=1)
    assert Hand(traffic.slots(100, (), later)).room(Lane(QUEUED.domain_id, "slow.test")) == 1
