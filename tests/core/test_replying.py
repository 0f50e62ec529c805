from dataclasses import replace
from datetime import UTC, datetime

import pytest

from loftbox_cli.core.draft import Draft, File, check
from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.forwarding import forward
from loftbox_cli.core.ids import MailboxId, MessageId, RequestId, ThreadId
from loftbox_cli.core.message import Direction, Message, MessageState, Relation
from loftbox_cli.core.reading import Attachment, Automation, Party
from loftbox_cli.core.replying import reply, reply_all

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


OWN = HELP.address


def test_an_answer_goes_to_who_wrote_and_to_nobody_else() -> None:
    answer = reply(PARENT, Draft(text="It left."), own=OWN)
    assert (answer.to, answer.cc, answer.in_reply_to) == ((JANE,), (), PARENT.id)


def test_an_answer_goes_where_the_writer_asked_for_it() -> None:
    elsewhere = Party("orders@peer.test", "Orders")
    parent = replace(PARENT, reply_to=(elsewhere,))
    assert reply(parent, Draft(text="It left."), own=OWN).to == (elsewhere,)


@pytest.mark.parametrize("own", ["help@example.com", "HELP@example.com", "help+thread@example.com"])
def test_an_answer_never_goes_to_the_mailbox_that_answers(own: str) -> None:
    tricked = replace(PARENT, reply_to=(Party(own),))
    assert reply(tricked, Draft(text="It left."), own=OWN).to == (JANE,)
    talking_to_oneself = replace(PARENT, from_=(Party(own),))
    with pytest.raises(BadInput) as refused:
        reply(talking_to_oneself, Draft(text="It left."), own=OWN)
    assert refused.value.field == "to"


def test_after_a_message_of_ours_it_goes_to_whom_we_wrote() -> None:
    ours = replace(PARENT, direction=Direction.OUTBOUND, from_=(HELP,), to=(JANE,))
    assert reply(ours, Draft(text="And another thing."), own=OWN).to == (JANE,)


def test_what_the_writer_said_stays() -> None:
    said = Draft(to=(OTHER,), cc=(JANE,), subject="Another thing", text="Hi.")
    assert reply(PARENT, said, own=OWN) == replace(said, in_reply_to=PARENT.id)


def test_an_answer_to_all_goes_to_each_once_and_not_to_ourselves() -> None:
    parent = replace(
        PARENT,
        to=(HELP, Party("JANE@peer.test"), Party("joe@peer.test", "Joe")),
        cc=(OTHER, Party("Joe@peer.test"), Party("help+tag@example.com"), Party("root@localhost")),
    )
    answer = reply_all(parent, Draft(cc=(Party("boss@peer.test"),), text="It left."), own=OWN)
    assert answer.to == (JANE,)
    assert answer.cc == (Party("boss@peer.test"), Party("joe@peer.test", "Joe"), OTHER)
    assert check(answer).recipients == (
        "jane@peer.test",
        "boss@peer.test",
        "joe@peer.test",
        "other@peer.test",
    )


def test_a_name_of_a_stranger_that_could_end_a_line_is_only_decoration() -> None:
    parent = replace(PARENT, from_=(Party("jane@peer.test", "Jane\u2028Bcc: evil@peer.test"),))
    answer = reply(parent, Draft(text="It left."), own=OWN)
    assert check(answer).to == (Party("jane@peer.test", "Jane Bcc: evil@peer.test"),)
    hostile = replace(PARENT, subject="=?utf-8?q?=0ABcc:_evil@peer.test?=")
    assert check(reply(hostile, Draft(text="It left."), own=OWN)).subject == ""


def test_what_is_answered_stands_below_when_it_is_wanted() -> None:
    parent = replace(PARENT, text="Where is it?\n\n<b>Now</b>")
    answer = reply(parent, Draft(text="It left.\n", html="<p>It left.</p>"), own=OWN, quote=True)
    assert answer.text == (
        "It left.\n\nOn 2026-11-21 00:00 UTC, Jane <jane@peer.test> wrote:\n> Where is it?\n>\n> <b>Now</b>\n"
    )
    assert "<blockquote>Where is it?<br>\n<br>\n&lt;b&gt;Now&lt;/b&gt;</blockquote>" in answer.html
    only_html = reply(parent, Draft(html="<p>It left.</p>"), own=OWN, quote=True)
    assert (only_html.text, only_html.html) == ("", answer.html)


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
    assert reply(replace(PARENT, subject=before), Draft(text="Hi."), own=OWN).subject == after


def test_what_is_handed_on_stands_below_with_its_files() -> None:
    parent = replace(PARENT, text="Where is it?", cc=())
    page = Attachment(2, "order.pdf", "application/pdf", 4, "")
    mail = Attachment(3, "a/b.eml", "message/rfc822", 4, "")
    own_file = File("note.txt", "text/plain", b"note")
    handed = forward(
        parent,
        Draft(to=(OTHER,), text="For you.", attachments=(own_file,)),
        [(page, b"%PDF"), (mail, b"From")],
    )
    assert handed.subject == "Fwd: My order"
    assert handed.text == (
        "For you.\n\n---------- Forwarded message ----------\nFrom: Jane <jane@peer.test>\n"
        "Date: 2026-11-21 00:00 UTC\nSubject: My order\nTo: help@example.com\n\nWhere is it?\n"
    )
    assert handed.attachments == (
        own_file,
        File("order.pdf", "application/pdf", b"%PDF"),
        File("part-3", "application/octet-stream", b"From"),
    )
    assert (handed.in_reply_to, handed.forwards) == ("", parent.id)
    assert check(handed).recipients == ("other@peer.test",)


def test_the_subject_says_once_that_it_was_handed_on() -> None:
    for before, after in (("Fwd: My order", "Fwd: My order"), ("FW: My order", "FW: My order"), ("", "Fwd:")):
        assert forward(replace(PARENT, subject=before), Draft(text="Hi.")).subject == after
