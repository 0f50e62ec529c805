"""The parsers of what strangers publish: SPF, DKIM and DMARC records."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loftbox_cli.core.dkim_record import parse_key
from loftbox_cli.core.dmarc_record import is_dmarc, parse_dmarc
from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.spf_record import is_spf, parse_spf
from loftbox_cli.core.tag_list import parse_tags

PREFIXES = ("", "v=spf1 ", "v=DKIM1; ", "v=DMARC1; ", "v=DKIM1; p=", "v=spf1 ip4:", "v=spf1 a/", "v=spf1 mx:")


@given(prefix=st.sampled_from(PREFIXES), octets=st.binary(max_size=300))
@example(prefix="v=spf1 ", octets="a:x/٣ redirect=".encode())
@example(prefix="v=DKIM1; p=", octets="Ä===".encode())
@pytest.mark.parametrize("parse", [parse_tags, parse_key, parse_dmarc, parse_spf])
def test_any_octets_give_a_record_or_bad_input(
    parse: Callable[[str], object], prefix: str, octets: bytes
) -> None:
    text = prefix + octets.decode("utf-8", "replace")
    with suppress(BadInput):
        parse(text)


def test_tags_keep_their_order_and_lose_the_space_around_them() -> None:
    assert list(parse_tags(" v = X ;\r\n\tp= A B ;").items()) == [("v", "X"), ("p", "A B")]


@pytest.mark.parametrize("text", ["a=1; a=2", "a", "=1", "a=1;;b=2", "ä=1", "1a=2"])
def test_what_is_no_list_of_tags_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        parse_tags(text)


def test_a_key_may_be_split_by_spaces_and_leave_its_defaults_out() -> None:
    key = parse_key("p=QUJD REVG")
    assert (key.kind, key.key, key.usable, key.testing) == ("rsa", b"ABCDEF", True, False)


@pytest.mark.parametrize(
    "text",
    ["v=DKIM1; k=rsa", "k=rsa; v=DKIM1; p=QUJD", "v=DKIM2; p=QUJD", "p=QUJ!", "p=QUJDR", '"v=DKIM1; p=QUJD"'],
)
def test_a_key_that_receivers_would_ignore_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        parse_key(text)


@pytest.mark.parametrize(
    ("tags", "usable"), [("s=email", True), ("s=tlsrpt", False), ("h=sha1", False), ("h=sha1:sha256", True)]
)
def test_a_key_says_what_it_may_be_used_for(tags: str, usable: bool) -> None:
    assert parse_key(f"v=DKIM1; {tags}; p=QUJD").usable is usable


@pytest.mark.parametrize(
    ("text", "policy", "remarks"),
    [
        ("v=DMARC1; p=reject", "reject", 0),
        ("v=DMARC1;p=Quarantine;rua=mailto:a@example.com,mailto:b@example.com", "quarantine", 0),
        ("v=DMARC1; sp=none; p=none; np=reject; psd=n; t=y; unknown=1", "none", 0),
        ("v=DMARC1", "none", 1),
        ("v=DMARC1; p=none; pct=50; ri=3600", "none", 1),
        ("v=DMARC1; p=none; adkim=x; aspf=s", "none", 1),
        ("v=DMARC1; p=none; rua=https://example.com/", "none", 1),
    ],
)
def test_a_dmarc_record_by_rfc_9989_is_accepted_with_its_remarks(
    text: str, policy: str, remarks: int
) -> None:
    record = parse_dmarc(text)
    assert (record.policy, len(record.remarks)) == (policy, remarks)


@pytest.mark.parametrize(
    "text", ["v=dmarc1; p=none", "p=none; v=DMARC1", " v=DMARC1; p=none", "v=DMARC10; p=none"]
)
def test_what_does_not_begin_with_the_version_is_no_dmarc_record(text: str) -> None:
    assert not is_dmarc(text)


@pytest.mark.parametrize("text", ["v=DMARC1; p=maybe", "v=DMARC1; p=none; sp=", "v=DMARC1; p=none; p=reject"])
def test_a_dmarc_record_that_nobody_can_follow_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        parse_dmarc(text)


@pytest.mark.parametrize(
    ("text", "spf"),
    [
        ("v=spf1", True),
        ("V=SPF1 -all", True),
        ("v=spf10", False),
        ("v=spf1\t-all", False),
        ("spf2.0/pra", False),
    ],
)
def test_an_spf_record_is_one_by_its_first_word(text: str, spf: bool) -> None:
    assert is_spf(text) is spf


def test_spf_terms_keep_order_qualifier_and_target() -> None:
    record = parse_spf(
        "v=spf1  a mx:mail.example.com/24//64 ?ip6:2001:db8::/32 ~include:_spf.example.net x=y redirect=e.org"
    )
    assert [(term.qualifier, term.name, term.target, term.prefixes) for term in record.terms] == [
        ("+", "a", "", (32, 128)),
        ("+", "mx", "mail.example.com", (24, 64)),
        ("?", "ip6", "", (32, 128)),
        ("~", "include", "_spf.example.net", (32, 128)),
    ]
    assert record.redirect == "e.org"


@pytest.mark.parametrize(
    "terms",
    [
        "all:x",
        "include",
        "include:",
        "include:x/24",
        "ip4",
        "ip4:",
        "ip4/24",
        "ip4:2001:db8::1",
        "ip4:192.0.2.1/33",
        "ip6:192.0.2.1",
        "a/33",
        "mx//129",
        "nonsense",
        "nonsense:x",
        "-",
        "redirect=a redirect=b",
        "redirect=",
    ],
)
def test_a_term_that_no_rfc_knows_spoils_the_record(terms: str) -> None:
    with pytest.raises(BadInput):
        parse_spf(f"v=spf1 {terms} -all")
