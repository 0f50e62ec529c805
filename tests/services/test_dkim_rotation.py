"""A domain changes its DKIM keys, and at no moment is a signature without a record."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from loftbox_cli.core.dkim_key import Algorithm, DkimKey
from loftbox_cli.core.dkim_rotation import KeyPhase, selector
from loftbox_cli.core.domain import Domain, Look
from loftbox_cli.core.errors import Conflict, NotFound
from loftbox_cli.core.events import EventType
from loftbox_cli.core.finding import Finding, Verdict
from loftbox_cli.core.look import summed_up
from loftbox_cli.core.records import Purpose, Record
from loftbox_cli.services import domains, shown
from tests.services.house import START, House

OLD = ("loftbox1",)
NEXT = ("lb20261121r", "lb20261121e")


@dataclass
class Zone:
    """Which DKIM records are published, by selector."""

    published: set[str] = field(default_factory=set)

    def look(self, records: tuple[Record, ...]) -> Look:
        findings = []
        for record in records:
            there = record.purpose is not Purpose.DKIM or record.name.partition(".")[0] in self.published
            findings.append(Finding(record, Verdict.OK if there else Verdict.MISSING))
        return summed_up(findings)


@dataclass
class World:
    house: House
    domain: Domain
    zone: Zone

    def look(self) -> Domain:
        house = self.house
        records = house.see(domains.records, self.domain, host="mx.example.com", addresses=(), dmarc_rua="")
        return house.do(
            domains.looked,
            self.domain.id,
            self.zone.look(records),
            request_id=house.request(),
            now=house.now,
        )

    def rotate(self) -> None:
        keys = tuple(
            DkimKey(name, algorithm, b"sealed", f"public of {name}")
            for name, algorithm in zip(NEXT, (Algorithm.RSA, Algorithm.ED25519), strict=True)
        )
        self.house.do(
            domains.rotate, self.domain.name, keys, request_id=self.house.request(), now=self.house.now
        )

    def phases(self) -> dict[str, KeyPhase]:
        view = self.house.see(shown.domain, self.domain, self.house.now)
        return {key.selector: key.phase for key in view.dkim}

    def signing(self) -> tuple[str, ...]:
        """The keys that sign a mail that leaves now."""
        mailbox = self.house.see(lambda tx: tx.mailboxes.find(address="help@example.com"))
        self.house.send(mailbox or self.house.mailbox())
        (delivery,) = self.house.claim()
        return tuple(key.selector for key in self.house.load(delivery).keys)

    def expected(self) -> dict[str, str]:
        """The DKIM records to publish, each with its reason."""
        records = self.house.see(
            domains.records, self.domain, host="mx.example.com", addresses=(), dmarc_rua=""
        )
        return {each.name.partition(".")[0]: each.why for each in records if each.purpose is Purpose.DKIM}


@pytest.fixture
def world(house: House) -> World:
    return World(house, house.domain(), Zone(set(OLD)))


def test_the_next_keys_sign_nothing_until_all_their_records_are_seen(world: World) -> None:
    world.rotate()
    assert world.phases() == dict.fromkeys(OLD, KeyPhase.SIGNING) | dict.fromkeys(NEXT, KeyPhase.NEXT)
    assert tuple(world.expected()) == (*OLD, *NEXT)
    for published in ((), NEXT[:1]):
        world.zone.published |= set(published)
        assert world.look().may_send(world.house.now)
        assert world.signing() == OLD
    world.zone.published |= set(NEXT)
    world.look()
    assert world.signing() == NEXT
    assert world.phases() == dict.fromkeys(NEXT, KeyPhase.SIGNING) | dict.fromkeys(OLD, KeyPhase.RETIRED)


def test_the_record_of_a_retired_key_stays_until_its_mail_is_no_longer_under_way(world: World) -> None:
    world.rotate()
    world.zone.published |= set(NEXT)
    world.look()
    assert world.expected()[OLD[0]].endswith("may go on 2026-11-28")
    world.house.clock.advance(days=6)
    world.look()
    assert OLD[0] in world.expected()
    world.house.clock.advance(days=1)
    world.zone.published -= set(OLD)
    assert world.look().may_send(world.house.now)
    assert tuple(world.expected()) == NEXT
    assert world.phases() == dict.fromkeys(NEXT, KeyPhase.SIGNING)


def test_each_step_of_a_rotation_is_told_with_the_selectors_that_it_is_about(world: World) -> None:
    world.rotate()
    world.zone.published |= set(NEXT)
    for days in (0, 6, 1, 1):
        world.house.clock.advance(days=days)
        world.look()
    told = world.house.told(
        EventType.DOMAIN_DKIM_PREPARED, EventType.DOMAIN_DKIM_ROTATED, EventType.DOMAIN_DKIM_RETIRED
    )
    assert [(event.type.value, event.data["selectors"]) for event in told] == [
        ("domain.dkim.prepared", list(NEXT)),
        ("domain.dkim.rotated", list(NEXT)),
        ("domain.dkim.retired", list(OLD)),
    ]
    assert [event.data["detail"] for event in told] == [
        "publish lb20261121r, lb20261121e of example.com",
        "lb20261121r, lb20261121e of example.com; the records before them may go on 2026-11-28",
        "take loftbox1 of example.com out of DNS",
    ]
    assert told[-1].created_at == START + timedelta(days=7)


def test_mail_that_waited_through_a_rotation_leaves_with_the_keys_that_sign_by_then(world: World) -> None:
    house = world.house
    house.send(house.mailbox())
    world.rotate()
    world.zone.published |= set(NEXT)
    world.look()
    house.clock.advance(days=7)
    world.zone.published -= set(OLD)
    assert world.look().may_send(house.now)
    (delivery,) = house.claim()
    assert tuple(key.selector for key in house.load(delivery).keys) == NEXT


def test_keys_that_wait_for_their_records_are_not_replaced(world: World) -> None:
    world.rotate()
    asked: dict[str, Any] = {"request_id": world.house.request(), "now": world.house.now}
    refused = world.house.refuses(Conflict, domains.rotate, world.domain.name, (), **asked)
    assert refused.fix == "publish the records shown by: loftbox domain records example.com"
    world.house.refuses(NotFound, domains.rotate, "other.example", (), **asked)


def test_a_look_that_dns_does_not_answer_changes_no_key(world: World) -> None:
    world.rotate()
    before = world.phases()
    silent = Look(None, None, None, ())
    world.house.do(
        domains.looked, world.domain.id, silent, request_id=world.house.request(), now=world.house.now
    )
    assert world.phases() == before


@pytest.mark.parametrize(
    ("now", "taken", "name"),
    [
        (START, (), "lb20261121r"),
        (START, ("lb20261121r",), "lb20261121r2"),
        (START, ("lb20261121r", "lb20261121r2", "lb20261121e"), "lb20261121r3"),
        (START + timedelta(days=1), ("lb20261121r",), "lb20261122r"),
    ],
)
def test_a_selector_is_never_that_of_another_key(now: datetime, taken: tuple[str, ...], name: str) -> None:
    assert selector(now, "r", taken) == name
