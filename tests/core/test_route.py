"""Where a domain's mail goes, from the answers of DNS."""

from itertools import cycle

import pytest

from loftbox_cli.core.dns import DnsAnswer, Found, NoRecord, NoSuchName, Unanswered
from loftbox_cli.core.report import Reply
from loftbox_cli.core.route import Addresses, Hosts, NoRoute, addresses, hosts, site_of

DOMAIN = "example.com"


def route(answer: DnsAnswer, *draws: float, own: str = "mail.gateway.example") -> Hosts | NoRoute:
    numbers = cycle(draws or (0.5,))
    return hosts(DOMAIN, answer, draw=lambda: next(numbers), own=own)


def verdict(route: object) -> Reply:
    assert isinstance(route, NoRoute)
    assert route.verdict is not None
    return route.verdict


@pytest.mark.rule("O1")
def test_the_lowest_preference_is_tried_first() -> None:
    answer = Found(("20 b.example.com", "5 a.example.com", "100 c.example.com"))
    assert route(answer) == Hosts(("a.example.com", "b.example.com", "c.example.com"))


@pytest.mark.rule("O1")
def test_hosts_of_equal_preference_come_in_the_order_that_was_drawn() -> None:
    answer = Found(("10 a.example.com", "10 b.example.com", "5 first.example.com"))
    assert route(answer, 0.1, 0.9) == Hosts(("first.example.com", "a.example.com", "b.example.com"))
    assert route(answer, 0.9, 0.1) == Hosts(("first.example.com", "b.example.com", "a.example.com"))


def test_a_host_named_twice_is_tried_once() -> None:
    assert route(Found(("10 a.example.com", "20 a.example.com"))) == Hosts(("a.example.com",))


def test_ten_hosts_are_enough() -> None:
    found = route(Found(tuple(f"{n} mx{n}.example.com" for n in range(500))))
    assert found == Hosts(tuple(f"mx{n}.example.com" for n in range(10)))


def test_the_domain_itself_is_the_host_only_when_there_is_no_mx() -> None:
    assert route(NoRecord(DOMAIN)) == Hosts((DOMAIN,), implicit=True)


@pytest.mark.rule("O1")
def test_a_silent_dns_server_is_not_taken_for_a_missing_mx() -> None:
    found = route(Unanswered(DOMAIN, "SERVFAIL"))
    assert found == NoRoute("DNS did not answer for the MX of example.com: SERVFAIL")


@pytest.mark.parametrize("value", ["0 .", "0 ", "10 ."])
@pytest.mark.rule("O2")
def test_a_null_mx_is_final(value: str) -> None:
    assert (verdict(route(Found((value,)))).code, verdict(route(Found((value,)))).enhanced) == (556, "5.1.10")


def test_a_null_mx_beside_a_real_one_is_ignored() -> None:
    assert route(Found(("0 .", "10 a.example.com"))) == Hosts(("a.example.com",))


def test_a_domain_that_does_not_exist_is_final() -> None:
    assert verdict(route(NoSuchName(DOMAIN))).enhanced == "5.1.2"


@pytest.mark.rule("O4")
def test_our_own_host_and_all_behind_it_are_left_out() -> None:
    answer = Found(("10 a.example.com", "20 us.example.com", "20 b.example.com", "30 c.example.com"))
    assert route(answer, own="us.example.com") == Hosts(("a.example.com",))


def test_mail_that_would_only_come_back_to_us_is_final() -> None:
    assert verdict(route(Found(("10 us.example.com",)), own="us.example.com")).enhanced == "5.4.6"


def test_ipv4_comes_before_ipv6_and_five_addresses_are_enough() -> None:
    many = tuple(f"192.0.2.{n}" for n in range(9))
    assert addresses("mx", Found(("192.0.2.1",)), Found(("2001:db8::1",)), implicit=False) == Addresses(
        ("192.0.2.1", "2001:db8::1")
    )
    assert addresses("mx", Found(many), NoRecord("mx"), implicit=False) == Addresses(many[:5])


def test_one_family_that_answers_is_enough() -> None:
    found = addresses("mx", Unanswered("mx", "timeout"), Found(("2001:db8::1",)), implicit=False)
    assert found == Addresses(("2001:db8::1",))


def test_a_silent_server_leaves_the_address_open_even_for_an_implicit_mx() -> None:
    found = addresses("mx", NoRecord("mx"), Unanswered("mx", "timeout"), implicit=True)
    assert found == NoRoute("DNS did not answer for the address of mx: timeout")


def test_a_domain_with_neither_mx_nor_address_is_final() -> None:
    assert verdict(addresses(DOMAIN, NoRecord(DOMAIN), NoRecord(DOMAIN), implicit=True)).code == 550


def test_an_mx_that_leads_nowhere_is_tried_again_later() -> None:
    found = addresses(
        "mx.example.com", NoSuchName("mx.example.com"), NoRecord("mx.example.com"), implicit=False
    )
    assert found == NoRoute("the mail server mx.example.com has no address")


def test_domains_with_the_same_hosts_share_a_site_whatever_the_order() -> None:
    one, other = Hosts(("b.example.net", "a.example.net")), Hosts(("a.example.net", "b.example.net"))
    assert site_of(one) == site_of(other) == "a.example.net,b.example.net"


@pytest.mark.parametrize(
    ("names", "site"),
    [
        (("gmail-smtp-in.l.google.com", "alt1.gmail-smtp-in.l.google.com"), "google.com"),
        (("acme-com.mail.protection.outlook.com",), "mail.protection.outlook.com"),
        (("aspmx.l.google.com", "mx.example.net"), "aspmx.l.google.com,mx.example.net"),
        (("notgoogle.com",), "notgoogle.com"),
    ],
)
def test_hosts_of_one_provider_are_one_site(names: tuple[str, ...], site: str) -> None:
    assert site_of(Hosts(names)) == site


def test_no_route_is_no_site() -> None:
    assert site_of(NoRoute("DNS did not answer")) == ""
