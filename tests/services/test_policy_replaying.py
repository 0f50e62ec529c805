"""Past sends under another policy: what changes, from the facts as they were then."""

from datetime import timedelta

from loftbox_cli.core.decision import Answer
from loftbox_cli.core.page import Page
from loftbox_cli.core.policy.read import read_policy
from loftbox_cli.services.replaying import Replayed, replay
from tests.services.house import House

NEWEST = Page(100, "", newest_first=True)
KNOWN_ONLY = """
name = "known_only"
[[rule]]
name = "strangers"
decision = "hold"
when.recipient.first_contact = true
[[rule]]
name = "else"
decision = "allow"
"""


def replayed(house: House, text: str, *, days: int = 30, mailbox: str = "") -> list[Replayed]:
    since = house.now - timedelta(days=days)
    found = house.see(replay, read_policy(text), NEWEST, since=since, mailbox=mailbox)
    assert found.cursor == ""
    return list(found.items)


def changed(found: list[Replayed]) -> list[tuple[str, Answer, Answer]]:
    return [
        (each.message.rcpt_to[0], each.before.answer, each.after.answer)
        for each in found
        if each.before.answer is not each.after.answer
    ]


def test_facts_are_those_of_the_time_of_the_send(house: House) -> None:
    mailbox = house.mailbox()
    for address in ("jane@peer.test", "jane@peer.test", "joe@peer.test", "jane@peer.test"):
        house.send(mailbox, address)
        house.clock.advance(days=1)
    assert changed(replayed(house, KNOWN_ONLY)) == [
        ("joe@peer.test", Answer.ALLOW, Answer.HOLD),
        ("jane@peer.test", Answer.ALLOW, Answer.HOLD),
    ]


def test_what_is_older_than_the_span_is_left_out(house: House) -> None:
    mailbox = house.mailbox()
    house.send(mailbox, "old@peer.test")
    house.clock.advance(days=31)
    house.send(mailbox, "new@peer.test")
    assert [each.message.rcpt_to for each in replayed(house, KNOWN_ONLY)] == [("new@peer.test",)]


def test_a_policy_that_is_bound_is_tried_where_it_holds_in_the_place_of_its_present_version(
    house: House,
) -> None:
    bound, other = house.mailbox("a@example.com"), house.mailbox("b@example.com")
    house.policy(KNOWN_ONLY, bound)
    house.send(bound, "jane@peer.test")
    house.send(other, "jane@peer.test")
    laxer = KNOWN_ONLY.replace("hold", "allow")
    assert changed(replayed(house, laxer)) == [("jane@peer.test", Answer.HOLD, Answer.ALLOW)]
    assert changed(replayed(house, KNOWN_ONLY)) == []
    assert changed(replayed(house, KNOWN_ONLY, mailbox=other.id)) == [
        ("jane@peer.test", Answer.ALLOW, Answer.HOLD)
    ]


def test_a_replay_writes_nothing_and_goes_page_by_page(house: House) -> None:
    mailbox = house.mailbox()
    for number in range(5):
        house.send(mailbox, f"jane{number}@peer.test")
    before = house.rows()
    page, seen = Page(2, "", newest_first=True), []
    policy = read_policy(KNOWN_ONLY)
    while True:
        found = house.see(replay, policy, page, since=house.now - timedelta(days=1))
        seen += [each.message.id for each in found.items]
        if not found.cursor:
            break
        page = Page(2, found.cursor, newest_first=True)
    assert len(set(seen)) == len(seen) == 5
    assert house.rows() == before
