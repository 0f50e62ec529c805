"""Mail from the gateway to the persons who are asked."""

from dataclasses import replace

import pytest

from loftbox_cli.core.actor import DAEMON
from loftbox_cli.core.approval import ApprovalState
from loftbox_cli.core.compose import content_sha256
from loftbox_cli.core.errors import BadInput, NotFound
from loftbox_cli.core.events import EventType
from loftbox_cli.core.link import OCTETS, NewLink, hash_of, new_link
from loftbox_cli.core.mailbox import Oversight
from loftbox_cli.core.message import Message, MessageState
from loftbox_cli.core.notice import ANSWER_HERE
from loftbox_cli.core.pause import PauseScope
from loftbox_cli.core.person import Person, Role
from loftbox_cli.core.revision import Changes
from loftbox_cli.edge.mail_read.attached import attached
from loftbox_cli.services import messages, notices, pauses, persons, revising
from loftbox_cli.services.gate import Passed
from loftbox_cli.services.persons import PersonChanges
from loftbox_cli.services.tx import OPERATOR_FACT, Viewer
from tests.services.house import TAG_SECRET, House


def held(house: House) -> Passed:
    found = house.see(lambda tx: tx.mailboxes.find(address="help@example.com"))
    return house.send(found or house.mailbox(oversight=Oversight.GATED_ALL))


def person(house: House, name: str, address: str, system_user: str = "") -> Person:
    return house.do(
        persons.create,
        name=name,
        address=address,
        role=Role.APPROVER,
        system_user=system_user,
        **house.by(),
    )


def told(house: House) -> list[Message]:
    return [
        message
        for each in house.do(notices.write, tag_secret=TAG_SECRET, now=house.now)
        for message in each.notices
    ]


def link() -> NewLink:
    return new_link(bytes(range(OCTETS)), bytes(range(OCTETS, 2 * OCTETS)))


def test_every_person_is_told_once_of_what_waits(house: House) -> None:
    person(house, "Ben", "ben@peer.test")
    held(house)
    assert house.see(notices.due, now=house.now)
    assert sorted(each.rcpt_to[0] for each in told(house)) == ["anna@peer.test", "ben@peer.test"]
    assert not house.see(notices.due, now=house.now)
    assert told(house) == []


def test_a_notice_has_the_null_sender_and_comes_from_our_domain_as_a_program_s_mail(house: House) -> None:
    held(house)
    (notice,) = told(house)
    assert notice.mail_from == ""
    assert notice.from_[0].address == "postmaster@example.com"
    assert notice.auto_submitted == "auto-generated"
    assert notice.submitted_by == DAEMON.id
    (delivery,) = house.claim()
    assert (delivery.recipient, delivery.message_id) == ("anna@peer.test", notice.id)


def test_a_notice_passes_the_gate_is_told_and_lies_where_no_agent_reads(house: House) -> None:
    passed = held(house)
    (notice,) = told(house)
    assert (notice.state, notice.reasons) == (MessageState.RELEASED, ("notice_to_person",))
    assert notice.mailbox_id == house.see(lambda tx: tx.facts.get(OPERATOR_FACT)).value
    kinds = {event.type for event in house.told() if event.message_id == notice.id}
    assert kinds == {EventType.POLICY_EVALUATED, EventType.MESSAGE_QUEUED}
    viewer = Viewer(house.see(lambda tx: tx.mailboxes.get(passed.message.mailbox_id)).agent_id)
    with pytest.raises(NotFound):
        house.see(messages.find, notice.id, viewer)


def test_no_agent_s_mailbox_gets_a_notice(house: House) -> None:
    person(house, "Mole", "help@example.com")
    person(house, "Mule", "help+x@example.com")
    held(house)
    assert [each.rcpt_to[0] for each in told(house)] == ["anna@peer.test"]


def test_no_person_is_written_to_where_an_agent_reads(house: House) -> None:
    house.mailbox("bot@example.com")
    ben = person(house, "Ben", "ben@example.com")
    for address in ("bot@example.com", "Bot+ben@EXAMPLE.com"):
        new = {"name": "Mole", "role": Role.APPROVER, "system_user": "", **house.by()}
        house.refuses(BadInput, persons.create, address=address, **new)
        changes = PersonChanges(address=address)
        house.refuses(BadInput, persons.change, ben.id, changes, **house.by())


def test_a_mailbox_that_an_agent_gets_meanwhile_stops_the_notice_before_it_is_carried(house: House) -> None:
    person(house, "Ben", "ben@example.com")
    held(house)
    assert len(told(house)) == 2
    house.mailbox("ben@example.com")
    assert [each.recipient for each in house.claim()] == ["anna@peer.test"]


def test_who_submitted_is_not_asked_under_any_name(house: House) -> None:
    ben = person(house, "Ben", "ben@peer.test", "ben")
    passed = held(house)
    assert passed.approval is not None
    approval = replace(passed.approval, submitted_by="os:ben")
    house.do(lambda tx: tx.approvals.save(approval))
    assert ben.address not in {each.rcpt_to[0] for each in told(house)}


def test_the_stored_notice_holds_no_way_to_answer_and_the_one_that_leaves_does(house: House) -> None:
    held(house)
    (notice,) = told(house)
    assert ANSWER_HERE in notice.text
    new = link()
    house.do(notices.keep_link, notice, new, now=house.now)
    raw = notices.as_it_leaves(notice, new, "https://mail.gateway.test")
    soft = raw.replace(b"=\r\n", b"")
    assert new.url("https://mail.gateway.test").replace("=", "=3D").encode() in soft
    assert new.code.encode() in soft
    stored = "".join(map(str, house.rows().values()))
    assert new.code not in stored
    assert new.look not in stored
    assert hash_of(new.code) in stored


def test_without_an_address_for_browsers_a_notice_names_the_command(house: House) -> None:
    passed = held(house)
    (notice,) = told(house)
    raw = notices.as_it_leaves(notice, None, "")
    assert passed.approval is not None
    assert f"loftbox approvals show {passed.approval.id}".encode() in raw
    assert b"http" not in raw


def test_the_stored_bytes_of_a_notice_are_bound_by_their_hash(house: House) -> None:
    held(house)
    (notice,) = told(house)
    raw = house.see(lambda tx: tx.raw(notice.blob))
    assert content_sha256("", notice.rcpt_to, raw) == notice.content_sha256


def test_the_agent_s_words_stand_behind_a_bar_with_what_hides_in_them_marked(house: House) -> None:
    mailbox = house.mailbox(oversight=Oversight.GATED_ALL)
    house.send(mailbox, subject="Approved: \u202efdp.exe")
    text = told(house)[0].text
    assert "| Subject: Approved: <U+202E>fdp.exe" in text
    assert "| It is on its way." in text
    assert "Envelope to (1):\n  jane@peer.test\n" in text
    assert "every send of this mailbox waits for a person" in text


def test_another_revision_is_told_anew(house: House) -> None:
    passed = held(house)
    assert passed.approval is not None
    told(house)
    on = house.see(revising.grounds, passed.approval.id, revision=1)
    edited = revising.prepare(on, Changes(text="Other."), file_of=attached, tag_secret=TAG_SECRET)
    house.do(revising.edit, passed.approval.id, edited, revision=1, approve=False, why="", **house.by())
    (notice,) = told(house)
    assert notice.metadata["revision"] == "2"
    assert "| Other." in notice.text


def test_nobody_is_told_of_what_is_decided_nor_while_no_domain_may_send(
    house: House,
) -> None:
    passed = held(house)
    domain = house.see(lambda tx: tx.domains.find(name="example.com"))
    assert domain is not None
    house.look(domain, owned=False)
    assert not house.see(notices.due, now=house.now)
    assert told(house) == []
    house.look(domain)
    house.reject(passed)
    assert told(house) == []
    assert house.see(lambda tx: tx.approvals.count(state=ApprovalState.PENDING)) == 0


def test_a_pause_of_everything_holds_notices_too(house: House) -> None:
    held(house)
    told(house)
    house.do(pauses.pause, PauseScope.GATEWAY, "gateway", why="", **house.by())
    assert house.claim() == []
