"""From a draft to bytes: what was meant is what is read, by us and by the standard library."""

import email
import email.policy
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core import reread
from loftbox_cli.core.compose import compose, content_sha256, places, stamp
from loftbox_cli.core.draft import Draft, File
from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.invisible import visible
from loftbox_cli.core.reading import Party
from loftbox_cli.core.reread import Miscomposed
from loftbox_cli.edge.mail_read.parse import read

AGENT = Party("agent@example.org", "Support")
DRAFT = Draft(to=(Party("jane@example.com", "Jane"),), subject="Hello", text="Good morning\n")
LINE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=120)
BODY = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], include_characters="\n\t"), max_size=400
)


def composed(draft: Draft, *, in_reply_to: str = "", references: Sequence[str] = ()) -> bytes:
    return compose(
        draft, from_=AGENT, message_id="<1@example.org>", in_reply_to=in_reply_to, references=references
    )


def names(raw: bytes) -> list[str]:
    return [name for name, _ in reread.reread(raw)]


@given(
    subject=LINE,
    name=LINE,
    value=LINE.filter(str.strip),
    text=BODY.filter(str.strip),
    html=BODY,
    filename=LINE.filter(lambda name: name.strip(" .") and not set(name) & set("/\\")),
    content=st.binary(max_size=300),
)
def test_what_was_composed_is_what_is_read(
    subject: str, name: str, value: str, text: str, html: str, filename: str, content: bytes
) -> None:
    draft = Draft(
        to=(Party("jane@example.com", name), Party("joe@example.com")),
        cc=(Party("ann@example.com", name),),
        bcc=(Party("hidden@example.com"),),
        subject=subject,
        text=text,
        html=html,
        attachments=(File(filename, "application/pdf", content),),
        headers=(("X-Note", value),),
    )
    try:
        raw = composed(draft)
    except BadInput:
        assert "=?" in subject + name + value + filename
        return
    reading = read(raw)
    assert reading.from_ == (AGENT,)
    assert [party.address for party in (*reading.to, *reading.cc)] == [
        "jane@example.com",
        "joe@example.com",
        "ann@example.com",
    ]
    assert reading.text == visible(text)[0].removesuffix("\n")
    assert reading.html == (html.removesuffix("\n") if html.strip() else "")
    assert [one.size for one in reading.attachments] == [len(content)]
    assert reading.message_id == "<1@example.org>"
    # A name may look like an address, and the HTML say something else; whoever reads it is told.
    assert not set(reading.defects) - {"to_name_misleads", "cc_name_misleads", "alternative_differs"}
    assert b"hidden@example.com" not in raw
    assert max(map(len, raw.split(b"\r\n"))) <= 998

    # The standard library shares no code with us.
    theirs = email.message_from_bytes(raw, policy=email.policy.compat32)
    assert list(theirs.walk())[-1].get_payload(decode=True) == content
    assert not theirs.defects


@pytest.mark.rule("B7")
@pytest.mark.parametrize(
    "name",
    [
        "Doe, Jane of a department whose name is so long that any program must fold it, and Sons",
        "J. Doe",
        'Jane "JD" Doe',
        "back\\slash",
        "jane@example.com",
        "Zoë, the ☕ drinker of a department whose name is so long that it must be folded",
        "=?utf-8?q?literal?=",
        " led by a space",
        "two  spaces",
        "(comment)",
        "a;b:c<d>e",
    ],
)
def test_one_recipient_stays_one_recipient(name: str) -> None:
    raw = composed(replace(DRAFT, to=(Party("jane@example.com", name), Party("joe@example.com"))))
    assert [party.address for party in read(raw).to] == ["jane@example.com", "joe@example.com"]
    assert read(raw).to[0].name == name.strip()
    assert all(len(line) <= 120 for line in raw.split(b"\r\n"))


WIDE = Party("用户@xn--r8jz45g.jp", "用户")


def test_an_address_beyond_ascii_stands_as_itself_and_all_around_it_is_seven_bit() -> None:
    raw = composed(replace(DRAFT, to=(Party("用户@例え.jp", "用户"),), subject="你好", text="你好"))
    to = next(line for line in raw.split(b"\r\n") if line.startswith(b"To:"))
    assert to.endswith(" <用户@xn--r8jz45g.jp>".encode())
    assert raw.replace("用户@".encode(), b"", 1).isascii()
    reading = read(raw)
    assert (reading.to, reading.subject, reading.defects) == ((WIDE,), "你好", ())


ALPHABETS = ("äöüßéñabc+", "иванпетр-", "παράδειγμα", "用户例佐々木ユーザー1", "사용자_", "שלום", "مستخدم")


@given(
    local=st.sampled_from(ALPHABETS).flatmap(lambda letters: st.text(letters, min_size=1, max_size=10)),
    name=LINE,
)
def test_every_address_that_is_taken_reads_back_as_it_was_written(local: str, name: str) -> None:
    reader = Party(f"{local}@xn--r8jz45g.jp", name)
    try:
        raw = composed(replace(DRAFT, to=(reader,), cc=(Party("joe@example.com", name),)))
    except BadInput:
        assert "=?" in name
        return
    reading = read(raw)
    assert [party.address for party in (*reading.to, *reading.cc)] == [reader.address, "joe@example.com"]
    assert raw.replace(local.encode(), b"", 1).isascii()


def test_of_a_hidden_recipient_beyond_ascii_nothing_is_written() -> None:
    draft = replace(DRAFT, bcc=(WIDE,))
    assert composed(draft) == composed(DRAFT)
    assert content_sha256("", draft.recipients, b"") != content_sha256("", DRAFT.recipients, b"")


@pytest.mark.parametrize(
    "header",
    [
        "To: Jürgen <jane@example.com>\r\n",
        "To: Jane <jane@example.com> (Jürgen)\r\n",
        "To: jürgen@example.com, jane@example.com\r\n",
        "Subject: Grüße\r\nTo: Jane <jane@example.com>\r\n",
    ],
)
def test_what_is_not_ascii_and_no_address_of_the_draft_is_a_defect(header: str) -> None:
    raw = composed(DRAFT).replace(b"To: Jane <jane@example.com>\r\n", header.encode())
    with pytest.raises(Miscomposed):
        reread.compare(raw, DRAFT, from_=AGENT, message_id="<1@example.org>", in_reply_to=(), references=())


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Good morning\n", b"7bit"),
        (".\n..\nFrom here\n", b"7bit"),
        ("x" * 79, b"quoted-printable"),
        ("ends in a space \nx", b"quoted-printable"),
        ("Grüße aus Köln, und noch viel mehr Text ohne Umlaute\n", b"quoted-printable"),
        ("你好世界\n", b"base64"),
        ("x" * 5000, b"quoted-printable"),
    ],
)
def test_text_takes_the_plainest_encoding_that_carries_it(text: str, encoding: bytes) -> None:
    raw = composed(replace(DRAFT, text=text))
    assert b"\r\nContent-Transfer-Encoding: " + encoding + b"\r\n" in raw
    assert read(raw).text == text.removesuffix("\n")


@pytest.mark.rule("A2")
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_only_crlf_ends_a_line_on_the_wire(end: str) -> None:
    raw = composed(replace(DRAFT, text=f"one{end}.{end}two{end}"))
    assert raw.count(b"\r\n") == raw.count(b"\n") == raw.count(b"\r")
    assert read(raw).text == "one\n.\ntwo"


def test_the_same_draft_gives_the_same_bytes() -> None:
    draft = replace(DRAFT, html="<p>x</p>", attachments=(File("a.txt", "text/plain", b"x"),))
    assert composed(draft) == composed(draft)
    assert b"multipart/alternative" in composed(draft)
    assert composed(draft) != composed(replace(draft, text="other"))


@pytest.mark.rule("D2")
def test_a_blind_copy_alone_names_nobody() -> None:
    raw = composed(replace(DRAFT, to=(), bcc=(Party("hidden@example.com"),)))
    assert b"\r\nTo: undisclosed-recipients:;\r\n" in raw
    assert b"hidden" not in raw
    assert b"bcc" not in raw.lower()


def test_a_long_conversation_keeps_its_root_and_its_newest_messages() -> None:
    ids = [f"<{n}@example.com>" for n in range(50)]
    raw = composed(DRAFT, in_reply_to=ids[-1], references=ids)
    assert read(raw).in_reply_to == (ids[-1],)
    assert read(raw).references == (ids[0], *ids[-19:])


def test_ids_of_strangers_that_cannot_be_written_are_left_out() -> None:
    bad = "<x@y>\r\nBcc: evil@example.net"
    raw = composed(DRAFT, in_reply_to=bad, references=[bad, "<é@x>", "<ok@x>"])
    assert names(raw) == [
        "From",
        "To",
        "Subject",
        "Message-ID",
        "References",
        "X-LoftBox-Loop",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding",
    ]


def test_a_field_that_nobody_meant_stops_the_message() -> None:
    with pytest.raises(Miscomposed):
        compose(DRAFT, from_=AGENT, message_id="<1@x>\r\nBcc: <evil@example.net>")
    with pytest.raises(Miscomposed):
        compose(DRAFT, from_=AGENT, message_id="<1@x> <2@x>")


@pytest.mark.rule("A3")
@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: x\r\n",
        b"Subject: x\nBcc: y\r\n\r\n",
        b"Subject: x\rBcc: y\r\n\r\n",
        b"Subject: x\0\r\n\r\n",
        b"Subject: \xc3\xa9\r\n\r\n",
        b" folded first\r\n\r\n",
        b"Subject: x\r\n \r\n\r\n",
        b"Sub ject: x\r\n\r\n",
        b"no colon\r\n\r\n",
        b": x\r\n\r\n",
        b"Subject: " + b"x" * 998 + b"\r\n\r\n",
    ],
)
def test_a_header_block_that_is_not_strict_is_a_defect(raw: bytes) -> None:
    with pytest.raises(Miscomposed):
        reread.reread(raw)


@given(st.binary(max_size=200))
def test_any_bytes_give_fields_or_a_defect(raw: bytes) -> None:
    try:
        fields = reread.reread(raw)
    except Miscomposed:
        return
    assert all(name.isascii() for name, _ in fields)
    assert all(value.isascii() for name, value in fields if name not in ("From", "To", "Cc"))


def test_the_stamp_goes_before_the_approved_bytes_and_leaves_them_alone() -> None:
    raw = composed(DRAFT)
    noon = datetime(2026, 11, 22, 12, 0, tzinfo=timezone(timedelta(hours=1)))
    assert (
        stamp(raw, date=noon, auto_submitted="auto-replied")
        == b"Date: Sun, 22 Nov 2026 11:00:00 +0000\r\nAuto-Submitted: auto-replied\r\n"
        b"X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply\r\n" + raw
    )
    assert names(stamp(raw, date=noon, auto_submitted=""))[:2] == ["Date", "From"]


def test_nobody_is_asked_to_keep_a_bounce_from_us() -> None:
    stamped = stamp(composed(DRAFT), date=datetime(2026, 11, 22, tzinfo=UTC), auto_submitted="auto-replied")
    (value,) = re.findall(rb"(?m)^X-Auto-Response-Suppress: (.*)\r$", stamped)
    assert not {b"All", b"NDR"} & set(value.split(b", "))
    assert {b"OOF", b"AutoReply"} <= set(value.split(b", "))


def test_a_message_that_a_person_approved_says_nothing_of_programs() -> None:
    stamped = stamp(composed(DRAFT), date=datetime(2026, 11, 22, tzinfo=UTC), auto_submitted="")
    assert not {"Auto-Submitted", "X-Auto-Response-Suppress"} & set(names(stamped))


LOGO = File("logo.png", "image/png", b"\x89PNG", "logo")
PAGE = 'Good morning <img src="cid:logo">'
NOTES = File("notes.pdf", "application/pdf", b"%PDF")


@pytest.mark.parametrize(
    ("text", "files", "types"),
    [
        ("", (LOGO,), ["multipart/related", "text/html", "image/png"]),
        (
            "Good morning",
            (LOGO,),
            ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"],
        ),
        (
            "Good morning",
            (NOTES, LOGO),
            [
                "multipart/mixed",
                "multipart/alternative",
                "text/plain",
                "multipart/related",
                "text/html",
                "image/png",
                "application/pdf",
            ],
        ),
    ],
)
def test_an_image_of_the_html_stands_beside_the_html(
    text: str, files: tuple[File, ...], types: list[str]
) -> None:
    draft = replace(DRAFT, text=text, html=PAGE, attachments=files)
    raw = composed(draft)
    parts = list(email.message_from_bytes(raw, policy=email.policy.default).walk())
    assert [part.get_content_type() for part in parts] == types
    (image,) = (part for part in parts if part.get_content_type() == "image/png")
    assert (image["content-id"], image.get_content_disposition()) == ("<logo>", "inline")
    read_back = {each.part: (each.filename, each.inline, each.content_id) for each in read(raw).attachments}
    meant = zip(places(draft), files, strict=True)
    assert read_back == {
        place: (file.filename, bool(file.content_id), file.content_id) for place, file in meant
    }


def test_a_stamp_takes_neither_a_local_time_nor_another_word() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    with pytest.raises(ValueError, match="time zone"):
        stamp(b"", date=now.replace(tzinfo=None), auto_submitted="")
    with pytest.raises(ValueError, match="Auto-Submitted"):
        stamp(b"", date=now, auto_submitted="no\r\nBcc: x")


@pytest.mark.rule("D3")
def test_an_approval_is_bound_to_envelope_and_bytes() -> None:
    hashes = {
        content_sha256("a@x", ["b@x", "c@x"], b"raw"),
        content_sha256("a@x", ["c@x", "b@x"], b"raw"),
        content_sha256("a@x", ["b@xc@x"], b"raw"),
        content_sha256("a@x", ["b@x"], b"c@xraw"),
        content_sha256("a@xb@x", ["c@x"], b"raw"),
        content_sha256("", ["b@x", "c@x"], b"raw"),
        content_sha256("a@x", ["b@x", "c@x"], b"raw2"),
    }
    assert len(hashes) == 7
    assert all(len(one) == 64 for one in hashes)
