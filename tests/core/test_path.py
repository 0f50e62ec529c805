"""Paths of SMTP commands: each has one spelling, and nothing else is a path."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.errors import BadAddress, BadInput, UnknownParameter
from loftbox_cli.core.path import ReversePath, forward_path, reverse_path

LOCAL_64 = "a" * 64
DOMAIN_189 = ".".join(["b" * 62, "b" * 62, "b" * 61, "c"])
BITS = st.sampled_from(
    [
        *("TO:", "FROM:", "a", "b.c", "postmaster", "[127.0.0.1]", "[IPv6:::1]", "xn--bcher-kva.test"),
        *("bücher.test", "SIZE=1", " SMTPUTF8", "<a@b.test>"),
        *'<<>>@@:,."\\[]()% \t=-!é。\0\ud800',
    ]
)
TEXTS = st.lists(BITS, max_size=12).map("".join) | st.text()


@pytest.mark.rule("I33")
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<agent@loftbox.test>", "agent@loftbox.test"),
        ("<Agent@LoftBox.TEST>", "Agent@loftbox.test"),
        ("<agent+tag@loftbox.test>", "agent+tag@loftbox.test"),
        ('<"agent"@loftbox.test>', "agent@loftbox.test"),
        (r'<"ag\ent"@loftbox.test>', "agent@loftbox.test"),
        (r'<"a \"b\" \\"@loftbox.test>', r'"a \"b\" \\"@loftbox.test'),
        ('<"a@b"@loftbox.test>', '"a@b"@loftbox.test'),
        ('<"a..b"@loftbox.test>', '"a..b"@loftbox.test'),
        ('<""@loftbox.test>', '""@loftbox.test'),
        ("<@relay.test:agent@loftbox.test>", "agent@loftbox.test"),
        ("<@relay.test,@other.test:agent@loftbox.test>", "agent@loftbox.test"),
        ("<a@localhost>", "a@localhost"),
        ("<a@[127.0.0.1]>", "a@[127.0.0.1]"),
        ("<a@[ipv6:2001:DB8:0::1]>", "a@[IPv6:2001:db8::1]"),
        ("<grüße@bücher.test>", "grüße@xn--bcher-kva.test"),
        ("  <agent@loftbox.test>", "agent@loftbox.test"),
        ("<postmaster>", "postmaster"),
        ("<PostMaster>", "postmaster"),
        ("<PostMaster@loftbox.test>", "PostMaster@loftbox.test"),
        (f"<{LOCAL_64}@loftbox.test>", f"{LOCAL_64}@loftbox.test"),
        (f"<a{LOCAL_64}@loftbox.test>", None),
        (f"<{LOCAL_64}@{DOMAIN_189}>", f"{LOCAL_64}@{DOMAIN_189}"),
        (f"<{LOCAL_64}@{DOMAIN_189}c>", None),
        (f"<a@{'b' * 64}.test>", None),
        (f"<{'ü' * 33}@loftbox.test>", None),
        ("<>", None),
        ("", None),
        ("<agent>", None),
        ("<po\u017ftmaster>", None),
        ("agent@loftbox.test", None),
        ("<agent@loftbox.test", None),
        ("<agent@loftbox.test>>", None),
        ("<a@b@loftbox.test>", None),
        ("<.a@loftbox.test>", None),
        ("<a.@loftbox.test>", None),
        ("<a..b@loftbox.test>", None),
        ("<a b@loftbox.test>", None),
        ("<a(comment)@loftbox.test>", None),
        ('<"a"b@loftbox.test>', None),
        ('<"a@loftbox.test>', None),
        ("<a@loftbox.test.>", None),
        ("<a@-loftbox.test>", None),
        ("<a@loft_box.test>", None),
        ("<a@[999.0.0.1]>", None),
        ("<a@[IPv6:nothing]>", None),
        ("<a@[x400:abc]>", None),
        ("<a\u0085@loftbox.test>", None),
        ("<a\u2028@loftbox.test>", None),
    ],
)
def test_a_recipient_has_one_spelling_or_none(written: str, read: str | None) -> None:
    if read is not None:
        assert forward_path(f"TO:{written}") == read
        return
    with pytest.raises(BadAddress):
        forward_path(f"TO:{written}")


@pytest.mark.rule("I7")
@pytest.mark.parametrize(
    ("argument", "path"),
    [
        ("FROM:<>", ReversePath("")),
        ("from:<a@b.test>", ReversePath("a@b.test")),
        ("FROM:<a@b.test> SIZE=10", ReversePath("a@b.test", size=10)),
        ("FROM:<a@b.test>  body=8bitmime size=0 smtputf8", ReversePath("a@b.test", size=0, smtputf8=True)),
        ("FROM:<a@b.test> SIZE=" + "9" * 20, ReversePath("a@b.test", size=10**20 - 1)),
    ],
)
def test_a_sender_says_what_is_to_come(argument: str, path: ReversePath) -> None:
    assert reverse_path(argument) == path


@pytest.mark.rule("I33")
@pytest.mark.parametrize(
    ("argument", "kind"),
    [
        ("", BadInput),
        ("TO:<a@b.test>", BadInput),
        ("FROM:<postmaster>", BadAddress),
        ("FROM:<a@b.test>SIZE=1", BadAddress),
        ("FROM:<a@b.test> SIZE", BadInput),
        ("FROM:<a@b.test> SIZE=-1", BadInput),
        ("FROM:<a@b.test> SIZE=" + "9" * 21, BadInput),
        ("FROM:<a@b.test> BODY", BadInput),
        ("FROM:<a@b.test> SMTPUTF8=1", BadInput),
        ("FROM:<a@b.test> -A=1", BadInput),
        ("FROM:<a@b.test> A==", BadInput),
        ("FROM:<a@b.test> AUTH=<>", UnknownParameter),
        ("FROM:<a@b.test> RET=HDRS", UnknownParameter),
    ],
)
def test_what_a_sender_cannot_say_is_refused_by_its_kind(argument: str, kind: type[BadInput]) -> None:
    with pytest.raises(BadInput) as refused:
        reverse_path(argument)
    assert type(refused.value) is kind


@pytest.mark.rule("I33")
@given(TEXTS)
def test_any_text_is_a_recipient_or_refused(text: str) -> None:
    try:
        address = forward_path(text)
    except BadInput:
        return
    assert forward_path(f"TO:<{address}>") == address
    assert len(address.encode()) <= 254


@pytest.mark.rule("I33")
@given(TEXTS)
def test_any_text_is_a_sender_or_refused(text: str) -> None:
    try:
        path = reverse_path(text)
    except BadInput:
        return
    assert reverse_path(f"FROM:<{path.address}>").address == path.address
