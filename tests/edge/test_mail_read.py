"""Reading hostile mail: any bytes give a Reading, in bounded steps, and nothing in it bites."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loftbox_cli.core.draft import Draft, check
from loftbox_cli.core.header import check_text
from loftbox_cli.core.reading import Party
from loftbox_cli.edge.mail_read import wire
from loftbox_cli.edge.mail_read.fields import MAX_FIELDS
from loftbox_cli.edge.mail_read.filename import MAX_OCTETS, clean
from loftbox_cli.edge.mail_read.flowed import unflowed
from loftbox_cli.edge.mail_read.mime import MAX_DEPTH, MAX_PARTS
from loftbox_cli.edge.mail_read.parameters import parse, without_comments
from loftbox_cli.edge.mail_read.parse import read
from loftbox_cli.edge.mail_read.transfer import decoded

PIECES = st.sampled_from(
    [
        b"From: a@example.com\r\n",
        b"From: ",
        b"To: =?utf-8?q?",
        b"Subject: =?utf-8?b?",
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        b"Content-Type: text/html; charset=",
        b"Content-Type: message/rfc822\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Transfer-Encoding: quoted-printable\r\n",
        b"Content-Disposition: attachment; filename*0*=utf-16''",
        b"unicode_escape\r\n",
        b"utf-16\r\n",
        b"\r\n",
        b"\r\n\r\n",
        b"\n",
        b"\r",
        b"--b\r\n",
        b"--b--\r\n",
        b" folded\r\n",
        b"\0",
        b"\xff\xfe",
        b"<p style='display:none'>",
        b"On 1 Jan 2026 at 10:00 x wrote:\n",
        b"> ",
        b"=3D=\r\n",
        b"?=",
        b";",
        b'"',
        b"=",
        b"%",
    ]
)


@pytest.mark.rule("B4")
@pytest.mark.rule("I32")
@settings(max_examples=300)
@given(st.lists(PIECES | st.binary(max_size=20), max_size=40).map(b"".join) | st.binary(max_size=300))
def test_any_bytes_give_a_reading(raw: bytes) -> None:
    reading = read(raw)
    assert wire.decode(wire.encode(reading)) == reading
    for party in (*reading.from_, *reading.to, *reading.cc, *reading.reply_to):
        check_text(party.name, field="name")
    check_text(reading.subject, field="subject", limit=998)
    for attachment in reading.attachments:
        assert not set(attachment.filename) & set("/\\\r\n\0")
    assert "\r" not in reading.text
    assert "\0" not in reading.text


HOSTILE = {
    "nested multiparts": b"".join(
        b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n) for n in range(2_000)
    ),
    "nested messages": b"Content-Type: message/rfc822\r\n\r\n" * 2_000,
    "countless parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 100_000,
    "countless fields": b"X: y\r\n" * 50_000 + b"\r\n",
    "countless folds": b"Subject: x\r\n" + b" y\r\n" * 50_000 + b"\r\n",
    "a long field": b"To: " + b"(" * 300_000 + b"\r\n\r\n",
    "countless recipients": b"To: " + b"x," * 30_000 + b"\r\n\r\n",
    "countless parameters": b"Content-Type: text/plain" + b"; a=b" * 13_000 + b"\r\n\r\n",
    "a long parameter": b"Content-Type: text/plain; " + b"a" * 64_000 + b"\r\n\r\n",
    "quoted backslashes": b'Content-Type: text/plain; a="' + b'\\"' * 32_000 + b"\r\n\r\n",
    "countless words": b"Subject: " + b"=?utf-8?q?a?= " * 4_600 + b"\r\n\r\n",
    "near boundaries": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"\r\n--bc" * 100_000,
    "white space": b"\r\n\r\n" + b" \t" * 500_000,
    "attributions": b"\r\n\r\n" + b"On 1 " * 100_000,
    "attribution lines": b"\r\n\r\n" + b"On 1\r\n" * 100_000,
    "header lines": b"\r\n\r\n" + b"From: x\r\n" * 100_000,
    "empty lines": b"\r\n\r\n" + b"\r\n" * 500_000,
    "attributes": b"Content-Type: text/html\r\n\r\n<a " + b"b " * 100_000,
    "tags": b"Content-Type: text/html\r\n\r\n" + b"<div>" * 100_000,
    "open tags": b"Content-Type: text/html\r\n\r\n" + b"<a " * 100_000,
    "comments": b"Content-Type: text/html\r\n\r\n" + b"<!--" * 100_000,
    "quotes": b"Content-Type: text/html\r\n\r\n" + b"<blockquote>x" * 1_900,
    "open quotes": b"Content-Type: text/html\r\n\r\n" + b"<a b='" * 100_000,
}


@pytest.mark.rule("B1")
@pytest.mark.rule("I32")
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_shape_that_hurts_other_parsers_is_read(kind: str) -> None:
    reading = read(HOSTILE[kind])
    assert len(reading.headers) <= MAX_FIELDS
    assert len(reading.attachments) <= MAX_PARTS


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    ("kind", "defect"),
    [
        ("nested multiparts", "mime_truncated"),
        ("countless parts", "mime_truncated"),
        ("countless fields", "header_truncated"),
        ("a long field", "header_truncated"),
        ("countless recipients", "to_addresses_truncated"),
        ("countless parameters", "parameters_truncated"),
        ("attributes", "html_not_read"),
        ("tags", "html_not_read"),
    ],
)
def test_what_was_not_read_is_named(kind: str, defect: str) -> None:
    assert defect in read(HOSTILE[kind]).defects


@pytest.mark.rule("B2")
@pytest.mark.rule("I32")
def test_a_thousand_parts_are_read_and_the_first_ones_first() -> None:
    body = b"".join(b"--b\r\nContent-Disposition: attachment\r\n\r\n%d\r\n" % n for n in range(2_000))
    raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + body + b"--b--\r\n"
    attachments = read(raw).attachments
    assert len(attachments) == MAX_PARTS - 1  # the mail itself is a part
    assert attachments[0].sha256 == hashlib.sha256(b"0").hexdigest()
    assert attachments[-1].part == MAX_PARTS - 1


@pytest.mark.rule("B7")
def test_hostile_names_and_subjects_can_still_be_answered() -> None:
    raw = (
        b"From: =?utf-8?q?=3D=3Futf-8=3Fq=3F=3D0ABcc=3A=3F=3D?= <a@example.com>\r\n"
        b"Subject: =?utf-8?q?x=0D=0ABcc=3A_evil=40example=2Enet?=\r\n\r\nhi\r\n"
    )
    reading = read(raw)
    assert check(Draft(to=reading.from_, subject=f"Re: {reading.subject}", text="hello")).to == reading.from_
    assert reading.subject == "x Bcc: evil@example.net"


@pytest.mark.parametrize(
    ("header", "defect"),
    [
        (b"From: a@x.example\r\nFrom: b@x.example\r\n", "from_twice"),
        (b"From: a@x.example, b@x.example\r\n", "from_several"),
        (b"To: a@x.example\r\n", "from_missing"),
        (b"From: a@b@x.example\r\n", "from_address_invalid"),
        (b'From: "ceo@good.example" <a@evil.example>\r\n', "from_name_misleads"),
        (b"From: a@x.example\r\nbroken\r\n", "header_malformed"),
        (b"From: a@x.example\r\nSubject: x\ry\r\n", "header_control_character"),
        (b"From: a@x.example\r\nSubject: x\0y\r\n", "header_control_character"),
        (b"From: a@x.example\r\nMessage-ID: <a@b> <c@d>\r\n", "message_id_several"),
        (b"From: a@x.example\r\nContent-Type: x\r\n", "content_type_malformed"),
        (b"From: a@x.example\r\nContent-Type: multipart/mixed; boundary=q\r\n", "boundary_missing"),
    ],
)
def test_what_breaks_a_rule_is_named(header: bytes, defect: str) -> None:
    assert defect in read(header + b"\r\nbody\r\n").defects


def test_every_from_that_a_reader_may_see_is_listed() -> None:
    raw = b"From: a@x.example\r\nfRoM : =?utf-8?q?b=40good.example?= <b@y.example>\r\n\r\n"
    assert read(raw).from_ == (Party("a@x.example"), Party("b@y.example", "b@good.example"))


@pytest.mark.parametrize(
    "raw", [b"no header at all", b"\r\nbody only\r\n", b"From x@y Sun Nov 22 10:00:00\r\nSubject: s\r\n\r\nb"]
)
def test_text_without_a_proper_header_is_not_lost(raw: bytes) -> None:
    assert raw.strip().split(b"\r\n")[-1].decode() in read(raw).text


@pytest.mark.rule("I32")
@pytest.mark.parametrize(
    ("declared", "name"),
    [
        ("invoice.pdf", "invoice.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\x.txt", "x.txt"),
        ("/", "unnamed"),
        ("..", "unnamed"),
        (".profile", "profile"),
        ("con", "_con"),
        ("NUL.txt", "_NUL.txt"),
        ("a\0b\r\nc.txt", "ab c.txt"),
        ("gpj\u202eexe", "gpjexe"),
        ("=?utf-8?q?caf=C3=A9.txt?=", "café.txt"),
        ('a<b>|"c?.txt', "a_b___c_.txt"),
        ("", ""),
    ],
)
def test_a_declared_file_name_becomes_harmless(declared: str, name: str) -> None:
    assert clean(declared) == name


@pytest.mark.rule("B8")
@pytest.mark.rule("I32")
@given(st.text(max_size=400))
def test_any_file_name_becomes_a_plain_one(declared: str) -> None:
    name = clean(declared)
    assert len(name.encode()) <= MAX_OCTETS + 1  # a device's name gets a mark
    assert not set(name) & set('/\\<>:"|?*\r\n\0')
    assert name not in (".", "..")


def test_a_long_file_name_keeps_its_ending() -> None:
    assert clean("é" * 300 + ".pdf").endswith("é.pdf")


@pytest.mark.parametrize(
    ("value", "parameters"),
    [
        ("text/plain; charset=utf-8", {"charset": "utf-8"}),
        ('text/plain; Charset="utf-8"; name="a;b\\"c"', {"charset": "utf-8", "name": 'a;b"c'}),
        ("attachment; filename*=utf-8'en'a%20b", {"filename": "a b"}),
        ("attachment; filename*=iso-8859-1''caf%E9", {"filename": "café"}),
        ("attachment; filename*1=b; filename*0=a", {"filename": "ab"}),
        ("attachment; filename=plain; filename*=utf-8''b%C3%A9", {"filename": "bé"}),
        ("attachment; filename*=broken%zz", {"filename": "broken%zz"}),
        ("attachment; =x; y", {}),
    ],
)
def test_parameters_are_read_in_all_their_forms(value: str, parameters: dict[str, str]) -> None:
    assert parse(value).parameters == parameters


@given(st.text(alphabet="ab;=\"\\*'%0 ", max_size=100) | st.text(max_size=100))
def test_any_text_gives_parameters(value: str) -> None:
    parse(value)


@pytest.mark.parametrize(
    ("body", "content", "defect"),
    [
        (b"aGVsbG8=", b"hello", ""),
        (b"aGVs\r\nbG8=\r\n", b"hello", ""),
        (b"aGVsbG8", b"hello", ""),
        (b"aGVs*bG8=", b"hello", "base64_damaged"),
        (b"aGVsbG8=\r\n-- \r\na footer\r\n", b"hello", "base64_damaged"),
        (b"aGVsbG8=aGVsbG8=", b"hello", "base64_damaged"),
        (b"aGVsb", b"hel", "base64_damaged"),
        (b"", b"", ""),
    ],
)
def test_damaged_base64_gives_what_is_whole(body: bytes, content: bytes, defect: str) -> None:
    header = b"From: a@example.com\r\nContent-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    reading = read(header + body)
    assert [one.sha256 for one in reading.attachments] == [hashlib.sha256(content).hexdigest()] * bool(
        content
    )
    assert reading.defects == ((defect,) if defect else ())


def test_pages_of_html_share_one_limit() -> None:
    page = b"--b\r\nContent-Type: text/html\r\n\r\n<p>start</p>" + b"words " * 120_000 + b"\r\n"
    reading = read(b"From: a@example.com\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + page * 3)
    assert "html_truncated" in reading.defects
    assert reading.text.count("start") == 2


@given(st.text(alphabet="> a-\n", max_size=80), st.booleans())
def test_unflowing_loses_no_word(text: str, delete_space: bool) -> None:
    joined = unflowed(text, delete_space=delete_space)
    assert joined.count("a") == text.count("a")
    assert len(joined.split("\n")) <= len(text.split("\n"))


@given(
    st.binary(max_size=80)
    | st.lists(st.sampled_from([b"=", b" ", b"\r\n", b"41", b"begin 644 x\n", b"#0V%T\n"])).map(b"".join),
    st.sampled_from(["base64", "quoted-printable", "x-uuencode", "7bit", "unheard-of"]),
)
def test_any_octets_in_any_encoding_decode(body: bytes, encoding: str) -> None:
    octets, defect = decoded(body, encoding)
    assert len(octets) <= max(len(body), 45)
    assert not defect or defect.endswith("_damaged") or encoding == "unheard-of"


@pytest.mark.parametrize("line", [b"M\n", b"\x00\r\n", b"_\n"])
def test_uuencoded_lines_that_name_more_than_they_hold_do_not_grow(line: bytes) -> None:
    body = b"begin 644 x\n" + line * 1_000
    octets, defect = decoded(body, "x-uuencode")
    assert (len(octets) <= len(body), defect) == (True, "uuencode_damaged")


@given(st.text(alphabet='()\\ab"; ', max_size=60))
def test_comments_are_taken_out_of_any_text(value: str) -> None:
    text, commented = without_comments(value)
    assert commented == ("(" in value)
    assert len(text) <= len(value)


@pytest.mark.rule("I32")
def test_mail_within_mail_counts_towards_the_same_limits() -> None:
    reading = read(b"Content-Type: message/rfc822\r\n\r\n" * 200)
    assert len(reading.parts) == MAX_DEPTH + 1
    assert "mime_truncated" in reading.parts[-1].defects


@pytest.mark.rule("B6")
def test_only_what_could_be_read_in_two_ways_is_called_ambiguous() -> None:
    once = b"From: a@example.com\r\nContent-Type: text/plain\r\n\r\nx\r\n"
    assert read(once).defects == ()
    assert read(once.replace(b"Content-Type", b"Content-Type: text/html\r\nContent-Type")).defects == (
        "content_type_twice",
        "ambiguous_mime",
    )


def test_a_text_that_nobody_typed_is_left_whole_and_says_so() -> None:
    reading = read(b"From: a@example.com\r\n\r\n" + b"> a line of a log\r\n" * 250_000)
    assert "text_not_divided" in reading.defects
    assert reading.reply_text == reading.text
