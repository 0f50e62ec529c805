from base64 import b64encode
from collections.abc import AsyncIterator

import pytest

from loftbox_cli.core.dkim_key import Algorithm, DkimKey
from loftbox_cli.core.finding import Capabilities, DomainVerdict, Verdict, capabilities, verdict
from loftbox_cli.core.host_records import of_domain
from loftbox_cli.core.records import Purpose, Record, expected, zone_text
from loftbox_cli.core.sts_check import Fetched
from loftbox_cli.edge.resolver.authority import Authorities
from loftbox_cli.edge.resolver.domain_check import look
from loftbox_cli.edge.resolver.resolver import DnsResolver
from loftbox_cli.edge.simulator.zone_server import ZoneServer

RSA = DkimKey("lb1", Algorithm.RSA, b"", b64encode(bytes(range(256)) + bytes(38)).decode())
ED25519 = DkimKey("lb2", Algorithm.ED25519, b"", b64encode(bytes(32)).decode())


@pytest.fixture
def records() -> tuple[Record, ...]:
    return expected(
        "example.com",
        token="t0k3n",
        host="mail.gw.example",
        addresses=(),
        keys=(RSA, ED25519),
        return_path_host="bounce.example.com",
        dmarc_rua="dmarc@example.com",
    )


@pytest.fixture
async def server(records: tuple[Record, ...]) -> AsyncIterator[ZoneServer]:
    server = ZoneServer({("mail.gw.example", "A"): ["192.0.2.1"]})
    server.load(zone_text(records))
    await server.open()
    yield server
    await server.close()


def resolver(server: ZoneServer, deadline: float = 5) -> DnsResolver:
    return DnsResolver([f"127.0.0.1:{server.port}"], deadline=deadline)


async def test_the_printed_zone_block_is_what_verifies_a_domain(
    records: tuple[Record, ...], server: ZoneServer
) -> None:
    assert any(len(record.value) > 255 for record in records)
    findings = await look(records, resolver(server))
    assert {finding.problem for finding in findings} == {""}
    assert {finding.verdict for finding in findings} == {Verdict.OK}
    assert verdict(findings) is DomainVerdict.VERIFIED


async def test_each_question_is_asked_once(records: tuple[Record, ...], server: ZoneServer) -> None:
    await look(records, resolver(server))
    over_udp = [question for question in server.asked if question != ("lb1._domainkey.example.com", "TXT")]
    assert len(over_udp) == len(set(over_udp))


async def test_includes_are_followed(records: tuple[Record, ...], server: ZoneServer) -> None:
    server.set("example.com", "TXT", ["v=spf1 include:a.example -all"])
    server.set("a.example", "TXT", ["v=spf1 redirect=b.example"])
    server.set("b.example", "TXT", ["v=spf1 a:mail.gw.example -all"])
    assert verdict(await look(records, resolver(server))) is DomainVerdict.VERIFIED


async def test_an_exchange_that_is_an_alias_is_seen_through(
    records: tuple[Record, ...], server: ZoneServer
) -> None:
    server.set("inbound.example.com", "CNAME", ["mail.gw.example"])
    server.set("example.com", "MX", ["10 inbound.example.com"])
    finding = next(
        finding for finding in await look(records, resolver(server)) if finding.record.purpose == "mx"
    )
    assert finding.verdict is Verdict.WRONG
    assert "RFC 2181 10.3" in finding.problem


async def test_a_zone_that_fails_leaves_a_domain_unknown(
    records: tuple[Record, ...], server: ZoneServer
) -> None:
    for record in records:
        server.fail(record.name)
    findings = await look(records, resolver(server))
    assert verdict(findings) is DomainVerdict.UNKNOWN
    assert capabilities(findings) == Capabilities(owned=None, outbound=None, inbound=None)


async def test_a_look_ends_with_its_own_deadline(records: tuple[Record, ...], server: ZoneServer) -> None:
    server.silence("bounce.example.com")
    findings = await look(records, resolver(server, deadline=60), deadline=0.3)
    assert verdict(findings) is DomainVerdict.UNKNOWN
    told = {finding.record.name for finding in findings if finding.verdict is Verdict.NO_ANSWER}
    assert told == {"bounce.example.com"}


async def test_a_lost_token_is_a_lost_domain(records: tuple[Record, ...], server: ZoneServer) -> None:
    server.set("_loftbox.example.com", "TXT", [])
    findings = await look(records, resolver(server))
    assert verdict(findings) is DomainVerdict.NOT_VERIFIED
    assert capabilities(findings) == Capabilities(owned=False, outbound=False, inbound=True)


async def test_a_policy_behind_a_good_record_is_fetched_and_judged_by_the_exchanges(
    records: tuple[Record, ...], server: ZoneServer
) -> None:
    server.set("_mta-sts.example.com", "TXT", ["v=STSv1; id=1"])
    asked: list[str] = []

    async def fetch(domain: str) -> Fetched:
        asked.append(domain)
        return Fetched(b"version: STSv1\nmode: enforce\nmx: other.example\nmax_age: 86400\n")

    beside = of_domain("example.com", "mail.gw.example", ())
    findings = await look((*records, *beside), resolver(server), fetch=fetch)
    policy = next(finding for finding in findings if finding.record.purpose is Purpose.MTA_STS)
    assert asked == ["example.com"]
    assert policy.verdict is Verdict.WRONG
    assert "leaves out mail.gw.example" in policy.problem
    assert verdict(findings) is DomainVerdict.VERIFIED


async def test_what_need_not_be_published_has_no_line_where_it_is_not(server: ZoneServer) -> None:
    assert await look(of_domain("example.com", "mail.gw.example", ()), resolver(server)) == ()


async def test_a_zone_that_was_mended_is_told_before_resolvers_know(
    records: tuple[Record, ...], server: ZoneServer
) -> None:
    stale = ZoneServer({("mail.gw.example", "A"): ["192.0.2.1"]})
    stale.load(zone_text(records))
    stale.set("lb1._domainkey.example.com", "TXT", [])
    stale.set("example.com", "NS", ["ns1.example.net."])
    stale.set("ns1.example.net", "A", ["127.0.0.1"])
    await stale.open()
    try:
        asker = resolver(stale)
        authorities = Authorities(asker, allowed_networks=("127.0.0.0/8",), port=server.port)
        findings = await look(records, asker, authorities=authorities)
    finally:
        await stale.close()
    (lagging,) = (finding for finding in findings if finding.verdict is not Verdict.OK)
    assert lagging.record.purpose is Purpose.DKIM
    assert "ns1.example.net, a server of the zone itself, has it right already" in lagging.problem
