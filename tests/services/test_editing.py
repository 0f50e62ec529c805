"""An approver's edit: another revision, other bytes, and everybody asked again."""

from dataclasses import replace
from typing import Any

import pytest

from loftbox_cli.core.actor import Actor, Kind, Via
from loftbox_cli.core.approval import ApprovalState
from loftbox_cli.core.compose import content_sha256
from loftbox_cli.core.domain import Review
from loftbox_cli.core.draft import Draft, File
from loftbox_cli.core.errors import (
    AlreadyDecided,
    BadAddress,
    BadInput,
    Conflict,
    OwnSubmission,
    StaleRevision,
)
from loftbox_cli.core.events import EventType
from loftbox_cli.core.ids import MessageId
from loftbox_cli.core.mailbox import Oversight
from loftbox_cli.core.message import MessageState
from loftbox_cli.core.reading import Party
from loftbox_cli.core.revision import Changes
from loftbox_cli.edge.mail_read.attached import attached
from loftbox_cli.services import approvals, domains, revising, shown, submit
from loftbox_cli.services.approvals import Decided
from loftbox_cli.services.gate import Passed
from loftbox_cli.services.tx import Viewer
from tests.services.house import ANNA, TAG_SECRET, House

BEN = Actor(Kind.PERSON, "os:ben", "Ben", Via.CLI)
OTHER_TEXT = Changes(text="It comes on Monday.")
PRESS = """\
name = "p"
[[rule]]
name = "press"
decision = "hold"
reason = "press"
approvers = 2
when.recipient.domain = "press.test"
[[rule]]
name = "rest"
decision = "allow"
"""


def held(house: House, *to: str) -> Passed:
    found = house.see(lambda tx: tx.mailboxes.find(address="help@example.com"))
    return house.send(found or house.mailbox(oversight=Oversight.GATED_ALL), *to)


def approval_id(passed: Passed) -> str:
    assert passed.approval is not None
    return passed.approval.id


def edit(house: House, passed: Passed, changes: Changes = OTHER_TEXT, **given: Any) -> Decided:
    on = house.see(revising.grounds, approval_id(passed), revision=given.get("revision", 1))
    edited = revising.prepare(on, changes, file_of=attached, tag_secret=TAG_SECRET)
    wanted = {**house.by(), "revision": 1, "approve": False, "why": "", **given}
    return house.do(revising.edit, approval_id(passed), edited, **wanted)


def test_an_edit_makes_another_revision_of_other_bytes_and_lets_nothing_go(house: House) -> None:
    passed = held(house)
    decided = edit(house, passed)
    assert (decided.approval.state, decided.approval.revision) == (ApprovalState.PENDING, 2)
    assert decided.message.text == "It comes on Monday."
    raw = house.see(lambda tx: tx.raw(decided.message.blob))
    assert b"It comes on Monday." in raw
    assert decided.approval.content_sha256 == content_sha256(
        decided.message.mail_from, decided.message.rcpt_to, raw
    )
    assert decided.approval.content_sha256 != passed.message.content_sha256
    assert decided.message.rfc_message_id == passed.message.rfc_message_id
    assert house.claim() == []


def test_the_yes_to_the_former_revision_is_stale_and_the_one_to_the_edit_releases_it(house: House) -> None:
    passed = held(house)
    edited = edit(house, passed)
    house.refuses(StaleRevision, approvals.approve, approval_id(passed), revision=1, why="", **house.by())
    house.refuses(StaleRevision, approvals.reject, approval_id(passed), revision=1, why="", **house.by())
    decided = house.approve(passed, revision=2)
    assert decided.message.state is MessageState.RELEASED
    (delivery,) = house.claim()
    assert house.message(delivery.message_id).blob == edited.message.blob


def test_an_edit_and_its_yes_are_one_act(house: House) -> None:
    passed = held(house)
    decided = edit(house, passed, approve=True, why="friendlier")
    assert (decided.approval.state, decided.approval.revision) == (ApprovalState.APPROVED, 2)
    assert decided.message.state is MessageState.RELEASED
    kinds = [event.type for event in house.told()]
    assert kinds.index(EventType.APPROVAL_REVISED) < kinds.index(EventType.APPROVAL_APPROVED)
    assert len(house.claim()) == 1


def test_an_edit_is_told_with_who_why_and_the_difference(house: House) -> None:
    passed = held(house)
    edit(house, passed, Changes(subject="Your order 4711", text="It comes on Monday."), why="clearer")
    (event,) = house.told(EventType.APPROVAL_REVISED)
    assert (event.data["by"], event.data["via"], event.data["why"]) == ("os:anna", "cli", "clearer")
    assert event.data["changed"] == ["subject", "text"]
    diff = event.data["diff"]
    assert isinstance(diff, list)
    assert {"-Subject: Your order", "+Subject: Your order 4711", "-It is on its way."} <= set(map(str, diff))
    view = shown.approval(house.see(approvals.show, approval_id(passed)))
    assert [(each.number, each.by, each.changed) for each in view.revisions] == [
        (2, "os:anna", ("subject", "text"))
    ]


def test_what_was_replaced_is_kept_and_named_by_its_revision(house: House) -> None:
    passed = held(house)
    edit(house, passed)
    edit(house, passed, Changes(text="It comes on Tuesday."), revision=2)
    first, second = house.see(approvals.show, approval_id(passed)).revisions
    assert (first.number, second.number) == (2, 3)
    assert b"It is on its way." in house.see(lambda tx: tx.raw(first.replaced))
    assert b"It comes on Monday." in house.see(lambda tx: tx.raw(second.replaced))


def test_edited_recipients_are_the_envelope_that_leaves(house: House) -> None:
    passed = held(house, "jane@peer.test", "joe@other.test")
    changes = Changes(to=(Party("jane@peer.test"),), bcc=(Party("books@example.com"),))
    decided = edit(house, passed, changes, approve=True)
    assert decided.message.rcpt_to == ("jane@peer.test", "books@example.com")
    assert sorted(each.recipient for each in house.claim()) == ["books@example.com", "jane@peer.test"]


def test_the_gate_judges_the_edited_message(house: House) -> None:
    mailbox = house.mailbox(oversight=Oversight.GATED_ALL)
    house.policy(
        'name = "p"\n[[rule]]\nname = "rival"\ndecision = "block"\nwhen.recipient.domain = "rival.test"\n',
        mailbox,
    )
    passed = house.send(mailbox)
    decided = edit(house, passed, Changes(to=(Party("boss@rival.test"),)), approve=True)
    assert decided.message.state is MessageState.BLOCKED
    assert house.claim() == []


def test_a_rule_that_the_edit_runs_into_is_asked_about_with_it(house: House) -> None:
    mailbox = house.mailbox(oversight=Oversight.GATED_ALL)
    house.policy(PRESS, mailbox)
    passed = house.send(mailbox)
    decided = edit(house, passed, Changes(to=(Party("news@press.test"),)), approve=True)
    assert decided.approval.approvers == 2
    assert decided.approval.state is ApprovalState.PENDING
    assert "press" in decided.approval.reasons
    assert house.approve(passed, BEN, revision=2).message.state is MessageState.RELEASED


def test_what_a_block_hides_at_the_edit_is_asked_about_with_it(house: House) -> None:
    mailbox = house.mailbox(oversight=Oversight.GATED_ALL)
    house.policy(PRESS, mailbox)
    passed = house.send(mailbox)
    review(house, Review.SUSPENDED)
    decided = edit(house, passed, Changes(to=(Party("news@press.test"),)))
    assert decided.approval.approvers == 2
    assert {rule.reason for rule in decided.approval.rules} == {"oversight_gated_all", "press"}
    review(house, Review.APPROVED)
    assert house.approve(passed, revision=2).approval.state is ApprovalState.PENDING
    assert house.approve(passed, BEN, revision=2).message.state is MessageState.RELEASED


def review(house: House, verdict: Review) -> None:
    house.do(domains.review, "example.com", verdict, request_id=house.request(), now=house.now)


def test_who_agreed_to_the_former_bytes_is_asked_again(house: House) -> None:
    mailbox = house.mailbox(oversight=Oversight.AUTONOMOUS)
    house.policy(
        'name = "p"\n[[rule]]\nname = "two"\ndecision = "hold"\nreason = "two"\napprovers = 2\n', mailbox
    )
    passed = house.send(mailbox)
    assert house.approve(passed).approval.agreed == ("os:anna",)
    assert edit(house, passed, **house.by(BEN)).approval.agreed == ()
    assert house.approve(passed, BEN, revision=2).approval.state is ApprovalState.PENDING
    assert house.approve(passed, ANNA, revision=2).approval.state is ApprovalState.APPROVED


def test_files_stay_attached_through_an_edit(house: House) -> None:
    mailbox = house.mailbox(oversight=Oversight.GATED_ALL)
    draft = Draft(
        to=(Party("jane@peer.test"),),
        subject="Your invoice",
        text="See the file.",
        attachments=(File("invoice.pdf", "application/pdf", b"%PDF-1.7 \x00\xff"),),
    )
    on = house.see(submit.grounds, mailbox.id, draft, Viewer())
    prepared = submit.prepare(draft, on, message_id=MessageId(house.mint("msg")), tag_secret=TAG_SECRET)
    passed = house.do(
        submit.send, prepared, by=house.sender(mailbox), request_id=house.request(), now=house.now
    )
    after = edit(house, passed, Changes(html="<p>See the file.</p>")).message
    (before,), (file,) = passed.message.attachments, after.attachments
    assert file == replace(before, part=file.part)
    assert attached(house.see(lambda tx: tx.raw(after.blob)), file.sha256) == b"%PDF-1.7 \x00\xff"


@pytest.mark.parametrize(
    ("changes", "kind", "field"),
    [
        (Changes(), BadInput, ""),
        (Changes(text="It is on its way."), BadInput, ""),
        (Changes(subject="a\r\nBcc: evil@peer.test"), BadInput, "subject"),
        (Changes(to=(Party("a@x, b@y"),)), BadAddress, "to[0]"),
        (Changes(to=()), BadInput, "to"),
        (Changes(text=""), BadInput, "text"),
    ],
)
def test_an_edit_obeys_the_rules_of_a_send_and_has_to_change_something(
    house: House, changes: Changes, kind: type[Exception], field: str
) -> None:
    on = house.see(revising.grounds, approval_id(held(house)), revision=1)
    with pytest.raises(kind) as caught:
        revising.prepare(on, changes, file_of=attached, tag_secret=TAG_SECRET)
    assert getattr(caught.value, "field", "") == field


def refused(house: House, passed: Passed, kind: type[Any], **given: Any) -> None:
    on = house.see(revising.grounds, approval_id(passed), revision=1)
    edited = revising.prepare(on, OTHER_TEXT, file_of=attached, tag_secret=TAG_SECRET)
    wanted = {**house.by(), "revision": 1, "approve": False, "why": "", **given}
    house.refuses(kind, revising.edit, approval_id(passed), edited, **wanted)


def test_who_may_not_decide_does_not_edit(house: House) -> None:
    passed = held(house)
    refused(house, passed, StaleRevision, revision=2)
    submitter = Actor(Kind.PERSON, passed.message.submitted_by, "bot", Via.CLI)
    refused(house, passed, OwnSubmission, by=submitter)
    house.reject(passed)
    refused(house, passed, AlreadyDecided)


def test_two_edits_of_one_revision_cannot_both_win(house: House) -> None:
    passed = held(house)
    on = house.see(revising.grounds, approval_id(passed), revision=1)
    other = revising.prepare(on, Changes(subject="Hello"), file_of=attached, tag_secret=TAG_SECRET)
    edit(house, passed)
    house.refuses(
        StaleRevision,
        revising.edit,
        approval_id(passed),
        other,
        revision=1,
        approve=True,
        why="",
        **house.by(BEN),
    )


def test_what_left_the_gate_once_is_not_edited_while_it_waits_in_the_queue(house: House) -> None:
    mailbox = house.mailbox()
    house.send(mailbox)
    house.oversee(mailbox, Oversight.GATED_ALL)
    assert house.claim() == []
    (approval,) = house.see(lambda tx: tx.approvals.all())
    on = house.see(revising.grounds, approval.id, revision=1)
    edited = revising.prepare(on, OTHER_TEXT, file_of=attached, tag_secret=TAG_SECRET)
    house.refuses(
        Conflict, revising.edit, approval.id, edited, revision=1, approve=True, why="", **house.by()
    )
