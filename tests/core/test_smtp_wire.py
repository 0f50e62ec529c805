"""What an SMTP client may send, and what it makes of a reply."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.report import Reply
from loftbox_cli.core.smtp_wire import content_fault, needs_smtputf8, path_fault, read_reply, stuffed

CLEAN = [
    "ada@example.com",
    "a.b+tag=1@mail.example.com",
    "b=4f2k-1700@bounce.example.com",
    "jürgen@xn--bcher-kva.example",
    "x@localhost",
    "a" * 64 + "@example.com",
]
UNCLEAN = [
    "",
    "ada",
    "@example.com",
    "ada@",
    "a@x, b@y",
    "a@x b@y",
    "b@y>\r\nRCPT TO:<evil@example.com",
    "a@x\n",
    "a@x> SIZE=1",
    "<a@x>",
    '"a b"@example.com',
    "Ada <ada@example.com>",
    "@relay:a@b",
    "a@b@c",
    "a..b@example.com",
    ".a@example.com",
    "a@example..com",
    "a@example.com.",
    "a@[127.0.0.1]",
    "a@-x.com",
    "a\x00b@example.com",
    "\ud800@example.com",
    "a" * 65 + "@example.com",
    "é" * 33 + "@example.com",
    "a@" + "b" * 64 + ".com",
    "a@" + ".".join(["b" * 60] * 5),
]


@pytest.mark.parametrize("address", CLEAN)
def test_a_plain_address_goes_on_the_wire_as_it_is(address: str) -> None:
    assert path_fault(address) == ""


@pytest.mark.parametrize("address", UNCLEAN)
@pytest.mark.rule("O26b")
def test_an_address_that_a_library_would_tidy_is_refused(address: str) -> None:
    assert path_fault(address) != ""


@given(st.text(max_size=80))
def test_no_clean_address_holds_what_ends_a_path(text: str) -> None:
    if path_fault(text) == "":
        assert not set(text) & set('<> \t\r\n\0,;:"\\')
        assert text.count("@") == 1


@pytest.mark.parametrize("raw", [b"", b"a\r\n", b"\r\n\r\n", b"a: b\r\n\r\nno end"])
def test_content_with_whole_line_ends_is_clean(raw: bytes) -> None:
    assert content_fault(raw) == ""


@pytest.mark.parametrize("raw", [b"a\n", b"a\r", b"a\r\r\n", b"a\n\r\n", b"\n.\n", b"\r\n.\r", b"a\0\r\n"])
@pytest.mark.rule("O28")
def test_a_bare_line_end_or_a_nul_never_reaches_the_wire(raw: bytes) -> None:
    assert content_fault(raw) != ""


@pytest.mark.rule("I9")
@pytest.mark.parametrize(
    ("raw", "path", "needed"),
    [
        ("To: <a@x.test>\r\n\r\nGrüße\r\n", "a@x.test", False),
        ("To: <a@x.test>\r\n\r\nx\r\n", "ü@x.test", True),
        ("To: <ü@x.test>\r\n\r\nx\r\n", "a@x.test", True),
        ("To: <ü@x.test>\r\n", "a@x.test", True),
    ],
)
def test_a_path_or_a_header_beyond_ascii_needs_smtputf8(raw: str, path: str, needed: bool) -> None:
    assert needs_smtputf8(raw.encode(), "b=1@bounce.x.test", path) is needed


@pytest.mark.parametrize(
    ("raw", "wire"),
    [
        (b"a\r\n", b"a\r\n.\r\n"),
        (b"a", b"a\r\n.\r\n"),
        (b".\r\n", b"..\r\n.\r\n"),
        (b"..\r\n.a\r\n", b"...\r\n..a\r\n.\r\n"),
        (b"a\r\n.\r\n.\r\n", b"a\r\n..\r\n..\r\n.\r\n"),
    ],
)
@pytest.mark.rule("O28")
def test_each_line_that_begins_with_a_dot_gets_another(raw: bytes, wire: bytes) -> None:
    assert stuffed(raw) == wire


@given(st.lists(st.sampled_from([b".", b"a", b"\r\n", b".."])).map(b"".join))
def test_only_the_last_line_is_a_lone_dot(raw: bytes) -> None:
    wire = stuffed(raw)
    assert (b"\r\n" + wire).index(b"\r\n.\r\n") == len(wire) - len(b".\r\n")
    lines = wire.removesuffix(b".\r\n").split(b"\r\n")
    back = b"\r\n".join(line.removeprefix(b".") for line in lines)
    assert back in (raw, raw + b"\r\n")


@pytest.mark.parametrize(
    ("code", "text", "reply"),
    [
        (250, "2.1.0 Ok", Reply(250, "2.1.0", "Ok")),
        (250, "Ok", Reply(250, "", "Ok")),
        (550, "5.1.1", Reply(550, "5.1.1", "")),
        (550, "5.1.1 No\n5.1.1 such user", Reply(550, "5.1.1", "No\nsuch user")),
        (450, "5.1.1 odd", Reply(450, "", "5.1.1 odd")),
        (554, "5.7.1.2 odd", Reply(554, "", "5.7.1.2 odd")),
        (354, "3.0.0 go", Reply(354, "", "3.0.0 go")),
        (550, "5.1.1 caf\udce9 \x1b[31m", Reply(550, "5.1.1", "caf\ufffd \ufffd[31m")),
    ],
)
def test_the_enhanced_code_is_split_off_when_it_fits_the_reply(code: int, text: str, reply: Reply) -> None:
    assert read_reply(code, text) == reply


@given(st.integers(200, 599), st.binary(max_size=300))
def test_any_words_of_a_peer_can_be_stored(code: int, octets: bytes) -> None:
    read_reply(code, octets.decode("utf-8", "surrogateescape")).text.encode("utf-8")


def test_endless_words_of_a_peer_are_cut() -> None:
    assert len(read_reply(550, "5.1.1 " + "x" * 30_000).text) <= 2000
