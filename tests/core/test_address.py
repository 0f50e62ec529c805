"""One strict parser for addresses: what it takes, and that it takes nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.address import Address, comparable, parse_address, parse_party, split_subaddress
from loftbox_cli.core.errors import BadAddress, BadInput
from loftbox_cli.core.reading import Party
from loftbox_cli.core.smtp_wire import path_fault

GOOD = {
    "jane@example.com": "jane@example.com",
    "Jane.Doe+tag@Example.COM": "Jane.Doe+tag@example.com",
    "o'neil_x-1/2=3@sub.example.com": "o'neil_x-1/2=3@sub.example.com",
    "post@bücher.example": "post@xn--bcher-kva.example",
    "post@xn--bcher-kva.example": "post@xn--bcher-kva.example",
    "a@例え.テスト": "a@xn--r8jz45g.xn--zckzah",
    "a@1.example": "a@1.example",
    "jürgen@Example.com": "jürgen@example.com",
    "用户@例え.テスト": "用户@xn--r8jz45g.xn--zckzah",
    f"{'l' * 64}@example.com": f"{'l' * 64}@example.com",
}

BAD = [
    "",
    "a",
    "@example.com",
    "a@",
    "a@b",
    "a@localhost",
    "a@example.com.",
    "a@.example.com",
    "a@example..com",
    "a@-example.com",
    "a@example-.com",
    "a@exa_mple.com",
    "a@example.com,b@example.com",
    "a@example.com b@example.com",
    " a@example.com",
    "a@example.com\n",
    "a@example.com\r\nRCPT TO:<evil@example.net>",
    "a@exam\x00ple.com",
    "a\x85b@example.com",
    "<a@example.com>",
    "alice@example.org)<bob@example.net>",
    '"a b"@example.com',
    '"a@good.example"@evil.example',
    "a@b@example.com",
    "a..b@example.com",
    ".a@example.com",
    "a.@example.com",
    "user%other.example@example.com",
    "other.example!user@example.com",
    "@relay.example:user@example.com",
    "=?utf-8?q?a=40evil.example?=@example.com",
    "=?x?q?=40=3e=00?=foo@example.com",
    "a@[192.0.2.1]",
    "a@[IPv6:::1]",
    "a@192.0.2.1",
    "a@example\u3002com",
    "a@example\uff0ecom",
    "a@xn--0049.example",
    "a@xn--.example",
    "a@ex\u212ample.com",
    "a@BÜCHER.example",
    "a@exa\u200dmple.com",
    "a@exam\u202eple.com",
    "a(comment)@example.com",
    "team: a@example.com;",
    f"{'l' * 65}@example.com",
    f"a@{'d' * 64}.com",
    f"a@{'.'.join(['d' * 60] * 5)}.com",
    "a@\ud800.com",
]


@pytest.mark.parametrize("text", GOOD)
def test_an_address_has_one_written_form(text: str) -> None:
    address = parse_address(text)
    assert str(address) == GOOD[text]
    assert parse_address(str(address)) == address


@pytest.mark.parametrize("text", BAD)
def test_what_is_not_one_plain_address_is_refused_with_its_field(text: str) -> None:
    with pytest.raises(BadAddress) as refused:
        parse_address(text, field="to[0]")
    assert refused.value.field == "to[0]"
    assert refused.value.fix
    assert refused.value.fact.isascii()
    assert refused.value.fact.isprintable()


@given(st.text(max_size=80) | st.from_regex(r"[ -~]{1,20}@[ -~]{1,30}", fullmatch=True))
def test_any_text_gives_an_address_or_is_refused(text: str) -> None:
    try:
        address = parse_address(text)
    except BadAddress:
        return
    assert address.domain.isascii()
    assert address.needs_smtputf8 is not str(address).isascii()
    assert str(address).count("@") == 1
    assert path_fault(str(address)) == ""
    assert not set(str(address)) & set(' <>()[]\\,;:"!%\r\n\t\0')
    assert parse_address(str(address)) == address


@given(st.text(max_size=80))
def test_any_text_gives_a_party_or_is_refused(text: str) -> None:
    try:
        party = parse_party(text)
    except BadInput:
        return
    assert str(parse_address(party.address)) == party.address


@pytest.mark.parametrize(
    ("text", "party"),
    [
        ("jane@example.com", Party("jane@example.com")),
        ("<jane@example.com>", Party("jane@example.com")),
        ("Jane Doe <jane@Example.com>", Party("jane@example.com", "Jane Doe")),
        ("Jane Döe <jane@example.com>", Party("jane@example.com", "Jane Döe")),
        ('"Doe, Jane" <jane@example.com>', Party("jane@example.com", "Doe, Jane")),
        (r'"J \"JD\" Doe" <jane@example.com>', Party("jane@example.com", 'J "JD" Doe')),
        ('"jane@example.com" <jane@example.com>', Party("jane@example.com", "jane@example.com")),
    ],
)
def test_a_party_is_an_address_with_or_without_a_name(text: str, party: Party) -> None:
    assert parse_party(text) == party


@pytest.mark.parametrize(
    "text",
    [
        "Doe, Jane <jane@example.com>",
        '"a@good.example" <b@evil.example>',
        "a@good.example <b@evil.example>",
        "<b@evil.example>a@good.example",
        "<a@good.example> <b@evil.example>",
        "jane@example.com>",
        "Jane <jane@example.com> (work)",
        '"open <jane@example.com>',
        "Jane\r\nBcc: x@example.net <jane@example.com>",
        "=?utf-8?q?Jane=0D=0ABcc:_x?= <jane@example.com>",
        "Jane <jane@example.com\n>",
    ],
)
def test_what_two_parsers_could_read_in_two_ways_is_no_party(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_party(text, field="cc[1]")
    assert refused.value.field == "cc[1]"


@pytest.mark.rule("I34")
def test_addresses_that_differ_in_case_are_the_same_mailbox() -> None:
    assert comparable(parse_address("Jane@Example.com")) == comparable(parse_address("jane@example.COM"))


def test_case_is_folded_beyond_ascii_and_nothing_else_is() -> None:
    assert comparable(parse_address("JÜRGEN@example.com")) == comparable(parse_address("jürgen@example.com"))
    assert comparable(parse_address("straße@example.com")) != comparable(parse_address("strasse@example.com"))


@pytest.mark.rule("I34")
@pytest.mark.parametrize(
    ("local", "parts"),
    [
        ("jane", ("jane", "")),
        ("jane+tag", ("jane", "tag")),
        ("jane+a+b", ("jane", "a+b")),
        ("jane+", ("jane", "")),
        ("+tag", ("+tag", "")),
    ],
)
def test_a_subaddress_is_what_follows_the_first_plus(local: str, parts: tuple[str, str]) -> None:
    assert split_subaddress(local) == parts


def test_an_address_is_made_of_its_two_parts() -> None:
    assert parse_address("jane+tag@Example.com") == Address("jane+tag", "example.com")
