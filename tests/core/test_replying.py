from dataclasses import replace
from datetime import UTC, datetime

import pytest

from loftbox_cli.core.draft import Draft
from loftbox_cli.core.ids import MailboxId, MessageId, RequestId, ThreadId
from loftbox_cli.core.message import Direction, Message, MessageState, Relation
from loftbox_cli.core.reading import Automation, Party
from loftbox_cli.core.replying import reply_to

JANE, HELP, OTHER = Party("jane@peer.test", "Jane"), Party("help@example.com"), Party("other@peer.test")

PARENT = Message(
    id=MessageId("msg_1"),
    direction=Direction.INBOUND,
    mailbox_id=MailboxId("mbx_1"),
    thread_id=ThreadId("thread_1"),
    request_id=RequestId("req_1"),
    state=MessageState.RECEIVED,
    rfc_message_id="<1@peer.test>",
    in_reply_to=(),
    references=(),
    mail_from="jane@peer.test",
    rcpt_to=("help@example.com",),
    from_=(JANE,),
    to=(HELP,),
    cc=(OTHER,),
    bcc=(),
    headers=(),
    subject="My order",
    text="Where is it?",
    html="",
    reply_text="",
    reply_html="",
    quoted_text="",
    attachments=(),
    automation=Automation.NONE,
    relation=Relation.FIRST_CONTACT,
    defects=(),
    metadata={},
    labels=(),
    blob="",
    size=0,
    trace="",
    content_sha256="",
    revision=1,
    submitted_by="",
    auto_submitted="",
    reasons=(),
    created_at=datetime(2026, 11, 21, tzinfo=UTC),
    released_at=None,
)


def test_an_answer_goes_to_who_wrote_and_to_nobody_else() -> None:
    reply = reply_to(PARENT, Draft(text="It left."))
    assert (reply.to, reply.cc, reply.in_reply_to) == ((JANE,), (), PARENT.id)


def test_after_a_message_of_ours_it_goes_to_whom_we_wrote() -> None:
    ours = replace(PARENT, direction=Direction.OUTBOUND, from_=(HELP,), to=(JANE,))
    assert reply_to(ours, Draft(text="And another thing.")).to == (JANE,)


def test_what_the_writer_said_stays() -> None:
    said = Draft(to=(OTHER,), cc=(JANE,), subject="Another thing", text="Hi.")
    assert reply_to(PARENT, said) == replace(said, in_reply_to=PARENT.id)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("My order", "Re: My order"),
        ("Re: My order", "Re: My order"),
        ("RE : My order", "RE : My order"),
        ("Regarding", "Re: Regarding"),
        ("", ""),
        ("x" * 998, "Re: " + "x" * 994),
    ],
)
def test_the_subject_says_once_that_it_is_an_answer(before: str, after: str) -> None:
    assert reply_to(replace(PARENT, subject=before), Draft(text="Hi.")).subject == after
