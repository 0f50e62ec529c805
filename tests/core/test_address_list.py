"""Address lists of strangers: structure first, words later, nothing hidden."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.address_list import MAX_MAILBOXES, scan
from loftbox_cli.core.reading import Party

CLEAN = {
    "a@example.com": [Party("a@example.com")],
    "Jane <a@example.com>, b@example.com": [Party("a@example.com", "Jane"), Party("b@example.com")],
    '"Doe, Jane" <a@example.com>': [Party("a@example.com", "Doe, Jane")],
    r'"Jane \"JD\" Doe" <a@example.com>': [Party("a@example.com", 'Jane "JD" Doe')],
    "=?utf-8?q?Z=C3=B6e?= =?utf-8?q?_M?= <a@example.com>": [Party("a@example.com", "Zöe M")],
    "team: a@example.com, B <b@example.com>;, c@example.com": [
        Party("a@example.com"),
        Party("b@example.com", "B"),
        Party("c@example.com"),
    ],
    "undisclosed-recipients:;": [],
    "a@example.com (Jane (JD) Doe)": [Party("a@example.com", "Jane (JD) Doe")],
    "a(comment)@example.com": [Party("a@example.com", "comment")],
    '"a b"@example.com': [Party('"a b"@example.com')],
    "<a@Example.COM>": [Party("a@example.com")],
    "root@localhost": [Party("root@localhost")],
    "": [],
    " , ,": [],
}

ODD = {
    "=?utf-8?q?good=40example.com=2C?= <evil@example.net>": (
        [Party("evil@example.net", "good@example.com,")],
        (),
    ),
    "=?utf-8?q?a=40good.example?=": ([], ("address_invalid",)),
    "<b@evil.example>a@good.example": (
        [Party("b@evil.example", "a@good.example")],
        ("address_trailing_text",),
    ),
    "<a@x.example> <b@y.example>": ([Party("a@x.example"), Party("b@y.example")], ("address_trailing_text",)),
    "a@b@c.example": ([], ("address_invalid",)),
    "<@relay.example:a@example.com>": ([Party("a@example.com")], ("address_route",)),
    'a@example.com, "open <b@example.com>': (
        [Party("a@example.com"), Party("b@example.com", "open")],
        ("address_open_quote",),
    ),
    "a@example.com (open": ([Party("a@example.com")], ("address_open_comment",)),
    "Jane <a@example.com": ([Party("a@example.com", "Jane")], ("address_open_angle",)),
    "nobody": ([], ("address_invalid",)),
}


@pytest.mark.parametrize("value", CLEAN)
def test_a_list_gives_its_mailboxes(value: str) -> None:
    assert scan(value) == (tuple(CLEAN[value]), ())


@pytest.mark.parametrize("value", ODD)
def test_what_does_not_fit_is_named_and_every_address_is_listed(value: str) -> None:
    parties, defects = ODD[value]
    assert scan(value) == (tuple(parties), defects)


@given(st.text(alphabet='ab@.<>()",;:\\=?utf-8q \t', max_size=200) | st.text(max_size=200))
def test_any_text_gives_a_list(value: str) -> None:
    parties, _ = scan(value)
    assert all(party.address.count("@") >= 1 for party in parties)


@pytest.mark.parametrize(
    "piece", ["(", '"', '"\\', '"\\"', "<", "<a@b.example>", "a,", "a:", "\\", "()", '(")']
)
def test_a_field_of_64_kib_is_read_in_bounded_steps(piece: str) -> None:
    parties, _ = scan(piece * (65_536 // len(piece)))
    assert len(parties) <= 65_536


def test_a_list_beyond_a_thousand_says_that_it_was_cut() -> None:
    parties, defects = scan(",".join(["a@example.com"] * (MAX_MAILBOXES + 1)))
    assert len(parties) == MAX_MAILBOXES
    assert defects == ("addresses_truncated",)
