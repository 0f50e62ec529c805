"""IPv4, IPv6, or what DNS backs."""

import pytest

from loftbox_cli.core.dns import Found, NoRecord
from loftbox_cli.core.ip_family import IpFamily, chosen, is_backed
from loftbox_cli.core.route import Addresses, NoRoute, addresses

BOTH = ("2001:db8::1", "192.0.2.1")


@pytest.mark.rule("O5")
@pytest.mark.parametrize(
    ("family", "backed", "order"),
    [
        (IpFamily.AUTO, True, ("192.0.2.1", "2001:db8::1")),
        (IpFamily.AUTO, False, ("192.0.2.1",)),
        (IpFamily.IPV4, True, ("192.0.2.1",)),
        (IpFamily.IPV6, False, ("2001:db8::1",)),
    ],
)
def test_ipv6_is_used_where_dns_backs_us(family: IpFamily, backed: bool, order: tuple[str, ...]) -> None:
    assert chosen(BOTH, family, backed=backed) == order


@pytest.mark.rule("O5")
def test_a_host_that_has_only_ipv6_is_tried_there() -> None:
    assert chosen(BOTH[:1], IpFamily.AUTO, backed=False) == BOTH[:1]


def test_a_host_without_an_address_of_the_family_is_tried_again_later() -> None:
    found = addresses("mx", NoRecord("mx"), Found(BOTH[:1]), implicit=True, family=IpFamily.IPV4)
    assert isinstance(found, NoRoute)
    assert found.verdict is None
    six = addresses("mx", NoRecord("mx"), Found(BOTH[:1]), implicit=True, family=IpFamily.IPV6)
    assert six == Addresses(BOTH[:1])


@pytest.mark.rule("O5")
def test_a_name_backs_an_address_that_it_leads_back_to() -> None:
    assert is_backed("2001:db8::1", [NoRecord("other"), Found(("2001:db8::1",))])
    assert not is_backed("2001:db8::1", [Found(("2001:db8::2",))])
    assert not is_backed("2001:db8::1", [])
