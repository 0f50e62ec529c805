import hashlib
from dataclasses import replace

import pytest

from loftbox_cli.services import accept, intake
from loftbox_cli.services.tx import ArrivalState
from tests.services.house import House


def take(house: House, *rcpt_to: str, mail_from: str = "jane@peer.test", raw: bytes = b"Hi.\r\n") -> str:
    arrival = house.arrival(*rcpt_to, mail_from=mail_from, raw=raw)
    return house.do(accept.accept, accept.prepare(arrival))


def arrivals(house: House) -> int:
    return house.see(lambda tx: tx.arrivals.count())


@pytest.mark.rule("I17")
def test_what_was_accepted_is_kept_byte_for_byte_with_its_trace_beside_it(house: House) -> None:
    raw = b"Subject: \xff\x00\r\n\r\n.\r\nHi"
    arrival = house.arrival("help@example.com", raw=raw)
    request_id = house.do(accept.accept, accept.prepare(arrival))
    assert request_id == arrival.request_id
    accepted = house.see(lambda tx: tx.arrivals.get(request_id))
    assert house.see(intake.raw, accepted) == raw
    assert accepted.trace.encode("latin-1") == arrival.trace
    assert accepted.state is ArrivalState.ACCEPTED
    assert accepted.rcpt_to == ("help@example.com",)


@pytest.mark.rule("A14")
@pytest.mark.rule("I31")
def test_the_same_mail_within_a_day_is_answered_with_its_first_request(house: House) -> None:
    first = take(house, "help@example.com", "abuse@example.com")
    house.clock.advance(hours=24)
    before = house.rows()
    assert take(house, "abuse@example.com", "help@example.com") == first
    assert house.rows() == before


@pytest.mark.rule("I31")
def test_the_same_mail_after_more_than_a_day_is_a_new_one(house: House) -> None:
    first = take(house, "help@example.com")
    house.clock.advance(hours=24, seconds=1)
    assert take(house, "help@example.com") != first
    assert arrivals(house) == 2


@pytest.mark.rule("I31")
def test_the_day_counts_from_the_first_mail_that_was_kept_not_from_the_bytes(house: House) -> None:
    take(house, "help@example.com")
    house.clock.advance(hours=25)
    second = take(house, "help@example.com")
    house.clock.advance(hours=23)
    assert take(house, "help@example.com") == second
    house.clock.advance(hours=2)
    assert take(house, "help@example.com") not in (second, "")
    assert arrivals(house) == 3


@pytest.mark.rule("I31")
def test_bytes_that_went_out_from_here_may_come_in_once(house: House) -> None:
    house.do(lambda tx: tx.keep(b"Hi.\r\n", hashlib.sha256(b"Hi.\r\n").hexdigest()))
    first = take(house, "help@example.com")
    assert take(house, "other@example.com") != first
    assert take(house, "help@example.com") == first
    assert arrivals(house) == 2


@pytest.mark.rule("I31")
def test_mail_from_before_the_bytes_knew_who_brought_them_is_recognised(house: House) -> None:
    """As 0002 finds it: every arrival has its fingerprint, no bytes have a bringer."""
    earlier = accept.prepare(house.arrival("help@example.com", raw=b"Hi.\r\n"))
    mail = earlier.accepted
    house.do(lambda tx: tx.keep(earlier.raw, mail.blob))
    house.do(lambda tx: tx.arrivals.add(replace(mail, fingerprint=accept._fingerprint(mail))))
    assert take(house, "help@example.com") == mail.request_id
    assert arrivals(house) == 1


@pytest.mark.rule("I31")
def test_twins_that_wait_together_are_one_mail_and_each_hears_its_request(house: House) -> None:
    bodies = [b"one", b"two", b"one", b"three", b"one"]
    senders = ["jane@peer.test"] * 4 + ["joe@peer.test"]
    mails = [
        accept.prepare(house.arrival("help@example.com", mail_from=sender, raw=raw))
        for raw, sender in zip(bodies, senders, strict=True)
    ]
    ids = [mail.accepted.request_id for mail in mails]
    assert house.do(accept.accept_all, mails) == [ids[0], ids[1], ids[0], ids[3], ids[4]]
    assert house.do(accept.accept_all, mails) == [ids[0], ids[1], ids[0], ids[3], ids[4]]
    assert arrivals(house) == 4


@pytest.mark.rule("I31")
def test_the_same_mail_is_one_message_also_when_the_first_was_read_meanwhile(house: House) -> None:
    house.mailbox()
    first = take(house, "postmaster@example.com")
    (claimed,) = house.do(intake.claim, 1, now=house.now)
    for _ in range(intake.MOST_DEATHS):
        house.do(intake.died, claimed.request_id, claimed.fence, now=house.now)
    assert take(house, "postmaster@example.com") == first


@pytest.mark.rule("I31")
@pytest.mark.parametrize(
    ("rcpt_to", "mail_from", "raw"),
    [
        (("other@example.com",), "jane@peer.test", b"Hi.\r\n"),
        (("help@example.com", "other@example.com"), "jane@peer.test", b"Hi.\r\n"),
        (("help@example.com",), "", b"Hi.\r\n"),
        (("help@example.com",), "jane@peer.test", b"Hi\r\n"),
        # Lengths are hashed too, so that nothing can move from one field to the next.
        (("jane@peer.testhelp@example.com",), "", b"Hi.\r\n"),
    ],
)
def test_another_sender_recipient_or_byte_makes_another_mail(
    house: House, rcpt_to: tuple[str, ...], mail_from: str, raw: bytes
) -> None:
    first = take(house, "help@example.com")
    assert take(house, *rcpt_to, mail_from=mail_from, raw=raw) != first
    assert arrivals(house) == 2


def test_mail_is_read_in_the_order_in_which_it_came(house: House) -> None:
    requests = []
    for number in range(3):
        requests.append(take(house, "help@example.com", raw=b"%d" % number))
        house.clock.advance(seconds=1)
    assert [each.request_id for each in house.do(intake.claim, 2, now=house.now)] == requests[:2]
    assert [each.request_id for each in house.do(intake.claim, 2, now=house.now)] == requests[2:]
    assert not house.see(intake.waits, now=house.now)
