"""The reader of DATA gives one answer, however the octets are cut into blocks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.edge.smtp_in.data import Data

pytestmark = pytest.mark.rule("I14")

# What breaks readers of DATA lies in a few octets: let them meet often.
PIECES = st.sampled_from([b"\r", b"\n", b".", b"\r\n", b"\r\n.", b"\0", b"a", b"\r\n.\r\n", b"bcd", b"\xff"])
OCTETS = st.lists(PIECES, max_size=30).map(b"".join)
SIZES = st.lists(st.integers(1, 7), min_size=1, max_size=20)


def read(octets: bytes, sizes: list[int], max_size: int = 1000) -> tuple[Data, bool, bytes]:
    """Feed `octets` in blocks; the data, whether its end came, and what was not fed."""
    data = Data(max_size)
    at = turn = 0
    while at < len(octets):
        size = sizes[turn % len(sizes)]
        turn += 1
        ended = data.feed(octets[at : at + size])
        at += size
        if ended:
            return data, True, data.rest + octets[at:]
    return data, False, b""


def expected(octets: bytes, max_size: int) -> tuple[str, bytes] | None:
    """The same rules, written for a whole message at once."""
    content, end, rest = (b"\r\n" + octets).partition(b"\r\n.\r\n")
    if not end:
        return None
    lines = (content + b"\r\n").split(b"\r\n")[1:]
    plain = b"\r\n".join(line.removeprefix(b".") for line in lines)
    bare = any(octet in line for line in lines for octet in (b"\r", b"\n", b"\0"))
    if len(plain) > max_size:
        return "552 5.3.4", rest
    return ("550 5.5.2", rest) if bare else (plain.decode("latin-1"), rest)


@pytest.mark.rule("A1")
@given(octets=OCTETS, sizes=SIZES, max_size=st.sampled_from([0, 3, 8, 1000]))
def test_any_octets_in_any_blocks_end_where_the_first_lone_dot_is(
    octets: bytes, sizes: list[int], max_size: int
) -> None:
    data, ended, rest = read(octets, sizes, max_size)
    wanted = expected(octets, max_size)
    assert ended == (wanted is not None)
    if wanted is not None:
        refusal = data.refusal()
        answer = refusal[:9] if refusal else data.content().decode("latin-1")
        assert (answer, rest) == wanted


@given(lines=st.lists(st.binary(max_size=9).map(lambda line: line.translate(None, b"\r\n\0"))), sizes=SIZES)
def test_what_a_peer_stuffs_comes_out_as_it_was(lines: list[bytes], sizes: list[int]) -> None:
    content = b"".join(line + b"\r\n" for line in lines)
    stuffed = b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines)
    data, ended, rest = read(stuffed + b".\r\nQUIT\r\n", sizes)
    assert ended
    assert rest == b"QUIT\r\n"
    assert data.refusal() is None
    assert data.content() == content


@pytest.mark.rule("I20")
@given(octets=OCTETS, sizes=SIZES, kept=st.integers(0, 5))
def test_a_message_that_was_given_up_ends_where_it_would_have_ended(
    octets: bytes, sizes: list[int], kept: int
) -> None:
    data = Data(1000)
    at = turn = 0
    ended = False
    while at < len(octets) and not ended:
        if turn == kept:
            data.give_up()
        size = sizes[turn % len(sizes)]
        turn += 1
        ended = data.feed(octets[at : at + size])
        at += size
        if turn > kept and not ended:
            assert len(data._buffer) < len(b"\r\n.\r\n")
    wanted = expected(octets, 1000)
    assert ended == (wanted is not None)
    if wanted is not None:
        assert data.rest + octets[at:] == wanted[1]
        refusal = data.refusal()
        assert turn <= kept or refusal == "452 4.3.1 too many messages are on their way in; try again soon"


@pytest.mark.rule("I7")
def test_stuffed_dots_do_not_count_towards_the_size() -> None:
    content = b".\r\n" * 100
    data, ended, _ = read(content.replace(b".", b"..") + b".\r\n", [7], max_size=300)
    assert ended
    assert data.refusal() is None
    assert data.content() == content
