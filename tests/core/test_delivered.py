"""A mail with our trace before it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.delivered import delivered

pytestmark = pytest.mark.rule("I15")

TRACE = b"Return-Path: <writer@peer.test>\r\nReceived: by us\r\n"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"A: 1\r\n\r\nbody", b"A: 1\r\n\r\nbody"),
        (b"Return-Path: <old@x.test>\r\nA: 1\r\n\r\nb", b"A: 1\r\n\r\nb"),
        (b"A: 1\r\nRETURN-PATH :\r\n <old@x.test>\r\nB: 2\r\n\r\nb", b"A: 1\r\nB: 2\r\n\r\nb"),
        (b"A: 1\r\n\r\nReturn-Path: text\r\n", b"A: 1\r\n\r\nReturn-Path: text\r\n"),
        (b"\r\nReturn-Path: text\r\n", b"\r\nReturn-Path: text\r\n"),
        (b"A: 1\r\nReturn-Path: <old@x.test>\r\n", b"A: 1\r\n"),
        (b"X-Return-Path: 1\r\n\r\n", b"X-Return-Path: 1\r\n\r\n"),
        (b"", b""),
    ],
)
def test_one_return_path_stands_first_and_older_ones_are_gone(raw: bytes, shown: bytes) -> None:
    assert delivered(TRACE, raw) == TRACE + shown


@given(raw=st.binary())
def test_a_mail_that_did_not_come_over_smtp_stays_as_it_is(raw: bytes) -> None:
    assert delivered(b"", raw) == raw


@given(body=st.binary())
def test_the_body_stays_as_it_came(body: bytes) -> None:
    assert delivered(TRACE, b"Return-Path: <x>\r\nA: 1\r\n\r\n" + body) == TRACE + b"A: 1\r\n\r\n" + body
