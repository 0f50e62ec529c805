"""Asking a zone's own servers."""

from collections.abc import AsyncIterator

import pytest

from loftbox_cli.core.dns import Found, NoRecord, NoSuchName
from loftbox_cli.core.two_answers import Authoritative
from loftbox_cli.edge.resolver.authority import Authorities
from loftbox_cli.edge.resolver.resolver import DnsResolver
from loftbox_cli.edge.simulator.zone_server import ZoneServer

LOOPBACK = ("127.0.0.0/8",)


@pytest.fixture
async def zone() -> AsyncIterator[ZoneServer]:
    server = ZoneServer(
        {
            ("example.com", "TXT"): ["v=spf1 -all"],
            ("alias.example.com", "CNAME"): ["elsewhere.example"],
        }
    )
    await server.open()
    yield server
    await server.close()


@pytest.fixture
async def cache() -> AsyncIterator[ZoneServer]:
    """What a resolver says: who serves the zone, and where that is."""
    server = ZoneServer(
        {
            ("example.com", "NS"): ["ns1.example.net."],
            ("ns1.example.net", "A"): ["127.0.0.1"],
        }
    )
    await server.open()
    yield server
    await server.close()


def authorities(cache: ZoneServer, zone: ZoneServer, allowed: tuple[str, ...] = LOOPBACK) -> Authorities:
    return Authorities(DnsResolver([f"127.0.0.1:{cache.port}"]), allowed_networks=allowed, port=zone.port)


async def test_the_servers_of_the_zone_above_a_name_are_asked(zone: ZoneServer, cache: ZoneServer) -> None:
    asker = authorities(cache, zone)
    assert await asker.ask("example.com", "TXT") == Authoritative(
        "ns1.example.net", Found(("v=spf1 -all",), ttl=300)
    )
    assert await asker.ask("a.b.example.com", "TXT") == Authoritative(
        "ns1.example.net", NoSuchName("a.b.example.com")
    )
    assert await asker.ask("example.com", "MX") == Authoritative("ns1.example.net", NoRecord("example.com"))
    assert list(cache.asked).count(("example.com", "NS")) == 1


async def test_a_server_inside_our_own_network_is_not_asked(zone: ZoneServer, cache: ZoneServer) -> None:
    assert await authorities(cache, zone, allowed=()).ask("example.com", "TXT") is None
    assert not zone.asked


async def test_an_alias_an_error_and_a_zone_that_nobody_serves_are_no_answer(
    zone: ZoneServer, cache: ZoneServer
) -> None:
    asker = authorities(cache, zone)
    assert await asker.ask("alias.example.com", "TXT") is None
    zone.fail("example.com")
    assert await asker.ask("example.com", "TXT") is None
    assert await asker.ask("other.example", "TXT") is None
