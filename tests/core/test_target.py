"""Which addresses a courier or a webhook may dial."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.target import refused

PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "192.0.1.1",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.255.255",
    "172.32.0.1",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001:80b::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",
]

CLOSED = [
    "0.0.0.0",  # noqa: S104 (nothing is bound to it: it is a target to refuse)
    "0.1.2.3",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:10.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]

NO_ADDRESS = [
    "",
    "localhost",
    "localhost.",
    "127.1",
    "0",
    "2130706433",
    "0x7f000001",
    "017700000001",
    "0177.0.0.1",
    "0x7f.0.0.1",
    "127.0.0.1.",
    "127.0.0.1:25",
    "[::1]",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "8.8.8.8/32",
    " 8.8.8.8",
    "8.8.8.8\n",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_dialed(address: str) -> None:
    assert refused(address, ()) == ""


@pytest.mark.parametrize("address", CLOSED)
def test_an_address_that_is_not_public_is_refused_with_a_reason(address: str) -> None:
    assert "is not public" in refused(address, ())


@pytest.mark.parametrize("text", NO_ADDRESS)
def test_what_is_not_plainly_an_address_is_refused(text: str) -> None:
    assert "is not an IP address" in refused(text, ("0.0.0.0/0", "::/0"))


def test_a_zone_id_is_refused_even_where_its_network_is_allowed() -> None:
    assert "interface" in refused("fe80::1%eth0", ("fe80::/10",))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("127.0.0.1", "127.0.0.0/8"),
        ("127.0.0.1", "127.0.0.1"),
        ("10.9.8.7", "10.9.8.1/24"),
        ("::1", "::1/128"),
        ("::ffff:127.0.0.1", "127.0.0.0/8"),
        ("fd00::5", "fd00::/8"),
        ("64:ff9b:1::5", "64:ff9b:1::/48"),
    ],
)
def test_a_network_of_the_configuration_opens_its_addresses(address: str, network: str) -> None:
    assert refused(address, ()) != ""
    assert refused(address, ("192.168.0.0/16", network)) == ""


def test_one_open_network_opens_no_other() -> None:
    assert refused("10.0.0.1", ("127.0.0.0/8", "::1/128")) == "10.0.0.1 is not public (private)"


def test_opening_a_wrapping_does_not_open_what_is_inside() -> None:
    assert (
        refused("2002:7f00:1::", ("2002::/16",)) == "127.0.0.1 inside 2002:7f00:1:: is not public (loopback)"
    )


@given(st.text(max_size=60))
def test_any_text_gives_an_answer(text: str) -> None:
    assert isinstance(refused(text, ()), str)


@given(st.ip_addresses(v=4))
def test_a_wrapped_address_is_judged_like_the_bare_one(address: object) -> None:
    bare = refused(str(address), ()) == ""
    assert (refused(f"::ffff:{address}", ()) == "") is bare
    assert (refused(f"64:ff9b::{address}", ()) == "") is bare


def test_an_address_of_our_own_is_refused_in_every_form_unless_the_configuration_opens_it() -> None:
    for address in ("8.8.4.4", "::ffff:8.8.4.4"):
        assert refused(address, (), ours=["8.8.4.4"]).endswith("is an address of this gateway")
        assert not refused(address, ("8.8.4.4/32",), ours=["8.8.4.4"])
    assert not refused("8.8.8.8", (), ours=["8.8.4.4"])
    assert refused("2001:4860:0::1", (), ours=["2001:4860::1"])
