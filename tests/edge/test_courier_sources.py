"""Whether DNS backs the address that mail leaves from."""

import pytest

from loftbox_cli.core.dns import DnsAnswer, Found, Unanswered
from loftbox_cli.edge.courier.sources import Sources, route_source
from tests.edge.next_hop import Zone

OURS, THEIRS = "2001:4860::1", "2001:4860:4860::8888"


async def backed(zone: dict[tuple[str, str], DnsAnswer], source: str = OURS) -> bool:
    return await Sources(Zone(zone), lambda _: source).backed(THEIRS)


@pytest.mark.rule("O5")
async def test_ipv6_is_backed_by_a_name_that_leads_back() -> None:
    name: dict[tuple[str, str], DnsAnswer] = {(OURS, "PTR"): Found(("mx.example.com",))}
    assert await backed({**name, ("mx.example.com", "AAAA"): Found((OURS,))})
    assert not await backed({**name, ("mx.example.com", "AAAA"): Found((THEIRS,))})
    assert not await backed(name)
    assert not await backed({(OURS, "PTR"): Unanswered(OURS, "timeout")})


@pytest.mark.rule("O5")
async def test_a_machine_without_ipv6_has_no_source_there() -> None:
    assert not await backed({}, source="")


async def test_inside_our_own_network_nobody_asks_for_a_name() -> None:
    assert await Sources(Zone({})).backed("::1")
    assert route_source("::1") in ("::1", "")


def test_ours_are_the_addresses_of_the_settings_and_the_one_that_the_system_sends_from() -> None:
    assert Sources(Zone({}), lambda _: OURS, named=["8.8.4.4"]).ours(THEIRS) == ("8.8.4.4", OURS)
    assert Sources(Zone({}), lambda _: "").ours(THEIRS) == ()


def test_the_system_sends_to_its_own_address_from_that_address() -> None:
    assert route_source("127.0.0.1") == "127.0.0.1"
