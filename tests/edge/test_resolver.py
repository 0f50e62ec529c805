import asyncio
from collections.abc import AsyncIterator
from typing import cast

import dns.message
import dns.zonefile
import pytest

from loftbox_cli.core.dns import DnsAnswer, Found, NoRecord, NoSuchName, Unanswered
from loftbox_cli.core.errors import BadConfiguration
from loftbox_cli.edge.resolver.cache import AnswerCache
from loftbox_cli.edge.resolver.resolver import DnsResolver
from loftbox_cli.edge.resolver.servers import parse_server
from loftbox_cli.edge.simulator.zone_server import ZoneServer

ZONE = {
    ("example.com", "MX"): ["20 MX2.Example.com", "10 mx1.example.com"],
    ("example.com", "TXT"): ["v=spf1 -all", 'quoted "text" \\ ü'],
    ("null.example.com", "MX"): ["0 ."],
    ("mx1.example.com", "A"): ["192.0.2.1"],
    ("mx1.example.com", "AAAA"): ["2001:db8::1"],
    ("192.0.2.1", "PTR"): ["Mx1.example.com"],
    ("2001:db8::1", "PTR"): ["mx1.example.com"],
    ("a.example.com", "CNAME"): ["b.example.com"],
    ("b.example.com", "CNAME"): ["mx1.example.com"],
    ("dangling.example.com", "CNAME"): ["gone.example.com"],
    ("circle1.example.com", "CNAME"): ["circle2.example.com"],
    ("circle2.example.com", "CNAME"): ["circle1.example.com"],
    ("long.example.com", "TXT"): ["k=" + "x" * 3000],
    ("_25._tcp.mx1.example.com", "TLSA"): ["3 1 1 AB" + "cd" * 31],
    (".", "SOA"): ["ns.example.com. root.example.com. 1 2 3 4 5"],
}


class Clock:
    """A monotonic clock that only a test moves."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
async def server() -> AsyncIterator[ZoneServer]:
    server = ZoneServer(ZONE)
    await server.open()
    yield server
    await server.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def resolver(server: ZoneServer, clock: Clock) -> DnsResolver:
    return DnsResolver([f"127.0.0.1:{server.port}"], deadline=5, monotonic=clock)


@pytest.mark.parametrize(
    ("name", "kind", "values"),
    [
        ("example.com", "MX", ("20 mx2.example.com", "10 mx1.example.com")),
        ("Example.COM.", "TXT", ("v=spf1 -all", 'quoted "text" \\ ü')),
        ("null.example.com", "MX", ("0 .",)),
        ("mx1.example.com", "A", ("192.0.2.1",)),
        ("mx1.example.com", "AAAA", ("2001:db8::1",)),
        ("192.0.2.1", "PTR", ("mx1.example.com",)),
        ("2001:db8::1", "PTR", ("mx1.example.com",)),
        ("a.example.com", "CNAME", ("b.example.com",)),
    ],
)
async def test_each_kind_of_record_has_one_form(
    resolver: DnsResolver, name: str, kind: str, values: tuple[str, ...]
) -> None:
    assert await resolver.ask(name, kind) == Found(values, ttl=300)


async def test_an_answer_too_long_for_udp_comes_over_tcp(resolver: DnsResolver, server: ZoneServer) -> None:
    answer = await resolver.ask("long.example.com", "TXT")
    assert answer == Found(("k=" + "x" * 3000,), ttl=300)
    assert len(server.asked) == 2


async def test_aliases_are_followed_and_listed(resolver: DnsResolver) -> None:
    answer = await resolver.ask("a.example.com", "A")
    assert answer == Found(("192.0.2.1",), aliases=("b.example.com", "mx1.example.com"), ttl=300)


async def test_an_alias_of_a_name_without_such_a_record_is_listed_too(resolver: DnsResolver) -> None:
    answer = await resolver.ask("a.example.com", "MX")
    assert answer == NoRecord("a.example.com", aliases=("b.example.com", "mx1.example.com"))


async def test_an_alias_that_leads_nowhere_names_the_end(resolver: DnsResolver) -> None:
    assert await resolver.ask("dangling.example.com", "A") == NoSuchName("gone.example.com")


async def test_a_circle_of_aliases_is_no_answer(resolver: DnsResolver) -> None:
    answer = await resolver.ask("circle1.example.com", "A")
    assert isinstance(answer, Unanswered)


async def test_no_such_name_and_no_such_record_are_two_answers(resolver: DnsResolver) -> None:
    assert await resolver.ask("nothing.example.com", "TXT") == NoSuchName("nothing.example.com")
    assert await resolver.ask("mx1.example.com", "TXT") == NoRecord("mx1.example.com")
    assert await resolver.ask("com", "MX") == NoRecord("com")
    assert await resolver.ask("192.0.2.77", "PTR") == NoSuchName("192.0.2.77")


@pytest.mark.parametrize("code", ["SERVFAIL", "REFUSED", "NOTIMP"])
async def test_a_server_that_fails_says_nothing_about_the_name(
    resolver: DnsResolver, server: ZoneServer, code: str
) -> None:
    server.fail("example.com", code)
    answer = await resolver.ask("example.com", "MX")
    assert isinstance(answer, Unanswered)
    assert answer.reason == f"127.0.0.1@{server.port} answered {code}"


async def test_a_failure_is_not_kept(resolver: DnsResolver, server: ZoneServer) -> None:
    server.fail("example.com")
    assert isinstance(await resolver.ask("example.com", "MX"), Unanswered)
    server.heal("example.com")
    assert isinstance(await resolver.ask("example.com", "MX"), Found)


async def test_a_silent_server_ends_with_the_deadline(server: ZoneServer) -> None:
    server.silence("example.com")
    resolver = DnsResolver([f"127.0.0.1:{server.port}"], deadline=0.2)
    assert await resolver.ask("example.com", "MX") == Unanswered("example.com", "no answer within 0.2 s")


async def test_the_next_server_is_asked_when_one_fails(server: ZoneServer) -> None:
    lame = ZoneServer()
    lame.fail("mx1.example.com")
    await lame.open()
    resolver = DnsResolver([f"127.0.0.1:{lame.port}", f"127.0.0.1:{server.port}"])
    assert await resolver.ask("mx1.example.com", "A") == Found(("192.0.2.1",), ttl=300)
    await lame.close()


async def test_where_no_server_listens_there_is_no_answer(server: ZoneServer) -> None:
    await server.close()
    resolver = DnsResolver([f"127.0.0.1:{server.port}"], deadline=0.2)
    assert isinstance(await resolver.ask("example.com", "MX"), Unanswered)


@pytest.mark.parametrize(
    "name", ["a..b", "x" * 64 + ".example.com", ".".join(["x" * 60] * 5), "bücher.example"]
)
async def test_a_name_that_dns_cannot_hold_does_not_exist(
    resolver: DnsResolver, server: ZoneServer, name: str
) -> None:
    assert await resolver.ask(name, "A") == NoSuchName(name)
    assert not server.asked


async def test_what_is_no_address_has_no_name(resolver: DnsResolver) -> None:
    assert await resolver.ask("example.com", "PTR") == NoSuchName("example.com")


async def test_a_kind_that_nobody_reads_is_our_own_mistake(resolver: DnsResolver) -> None:
    with pytest.raises(ValueError, match="AXFR"):
        await resolver.ask("example.com", "AXFR")


async def test_equal_questions_that_meet_are_asked_once(resolver: DnsResolver, server: ZoneServer) -> None:
    answers = await asyncio.gather(*(resolver.ask("Example.com", "MX") for _ in range(20)))
    assert len(set(answers)) == 1
    assert list(server.asked) == [("example.com", "MX")]


async def test_who_gives_up_leaves_the_answer_to_the_others(resolver: DnsResolver) -> None:
    impatient = asyncio.create_task(resolver.ask("example.com", "MX"))
    patient = asyncio.create_task(resolver.ask("example.com", "MX"))
    await asyncio.sleep(0)
    impatient.cancel()
    assert isinstance(await patient, Found)


async def test_an_answer_is_kept_for_its_time(
    resolver: DnsResolver, server: ZoneServer, clock: Clock
) -> None:
    await resolver.ask("example.com", "MX")
    clock.time += 299
    await resolver.ask("example.com", "MX")
    assert len(server.asked) == 1
    clock.time += 1
    await resolver.ask("example.com", "MX")
    assert len(server.asked) == 2


@pytest.mark.parametrize("name", ["nothing.example.com", "mx1.example.com"])
async def test_a_no_is_kept_for_as_long_as_the_zone_says(
    resolver: DnsResolver, server: ZoneServer, clock: Clock, name: str
) -> None:
    await resolver.ask(name, "TXT")
    clock.time += 59
    await resolver.ask(name, "TXT")
    assert len(server.asked) == 1
    clock.time += 1
    await resolver.ask(name, "TXT")
    assert len(server.asked) == 2


async def test_a_fresh_resolver_and_a_forgetful_one_ask_again(
    resolver: DnsResolver, server: ZoneServer
) -> None:
    await resolver.ask("example.com", "MX")
    await resolver.fresh().ask("example.com", "MX")
    assert len(server.asked) == 2
    resolver.forget()
    await resolver.ask("example.com", "MX")
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("answer", "ttl", "longest"),
    [
        (Found(("x",)), 86_400, 3600),
        (NoRecord("x"), 86_400, 300),
        (NoSuchName("x"), 10, 10),
        (Unanswered("x", ""), 60, 0),
    ],
)
def test_no_answer_is_kept_for_too_long(answer: DnsAnswer, ttl: float, longest: float) -> None:
    cache = AnswerCache(10)
    cache.keep(("x", "A"), answer, ttl, now=0)
    assert cache.get(("x", "A"), now=longest) is None
    cache.keep(("x", "A"), answer, ttl, now=0)
    assert cache.get(("x", "A"), now=longest - 1) == (answer if longest else None)


def test_the_answer_that_was_not_read_longest_makes_room() -> None:
    cache = AnswerCache(2)
    for name in ("a", "b"):
        cache.keep((name, "A"), NoSuchName(name), 60, now=0)
    cache.get(("a", "A"), now=1)
    cache.keep(("c", "A"), NoSuchName("c"), 60, now=1)
    assert len(cache) == 2
    assert cache.get(("b", "A"), now=1) is None
    assert cache.get(("a", "A"), now=1) == NoSuchName("a")


async def test_only_a_server_of_this_machine_is_trusted_to_validate(
    server: ZoneServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    validating = ZoneServer(ZONE, validated=True)
    await validating.open()
    for port, expected in ((validating.port, True), (server.port, False)):
        answer = await DnsResolver([f"127.0.0.1:{port}"]).ask("a.example.com", "A")
        assert isinstance(answer, Found)
        assert answer.authenticated is expected
    monkeypatch.setattr("loftbox_cli.edge.resolver.resolver.is_loopback", lambda _: False)
    answer = await DnsResolver([f"127.0.0.1:{validating.port}"]).ask("a.example.com", "A")
    assert isinstance(answer, Found)
    assert not answer.authenticated
    await validating.close()


class OtherServer(asyncio.DatagramProtocol):
    """A server that is authoritative for little: its answers are what a test wrote."""

    def __init__(self, answers: dict[str, dict[str, list[str]]]) -> None:
        self._answers = answers
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        response = dns.message.make_response(query)
        for section, lines in self._answers[query.question[0].name.to_text()].items():
            getattr(response, section).extend(dns.zonefile.read_rrsets("\n".join(lines), rdclass=None))
        assert self._transport is not None
        self._transport.sendto(response.to_wire(), addr)


async def ask_other(answers: dict[str, dict[str, list[str]]], name: str) -> DnsAnswer:
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: OtherServer(answers), local_addr=("127.0.0.1", 0)
    )
    port = transport.get_extra_info("sockname")[1]
    answer = await DnsResolver([f"127.0.0.1:{port}"], deadline=5).ask(name, "A")
    transport.close()
    return answer


async def test_an_alias_that_a_server_leaves_open_is_asked_on() -> None:
    answers = {
        "a.example.": {"answer": ["a.example. 60 IN CNAME b.example."]},
        "b.example.": {"answer": ["b.example. 90 IN A 192.0.2.1"]},
    }
    assert await ask_other(answers, "a.example") == Found(("192.0.2.1",), aliases=("b.example",), ttl=60)


async def test_aliases_without_an_end_are_no_answer() -> None:
    answers = {
        "a.example.": {"answer": ["a.example. 60 IN CNAME b.example."]},
        "b.example.": {"answer": ["b.example. 60 IN CNAME a.example."]},
    }
    answer = await ask_other(answers, "a.example")
    assert answer == Unanswered("a.example", "more than 16 aliases in a row")


async def test_a_server_that_only_names_others_has_not_answered() -> None:
    answer = await ask_other({"a.example.": {"authority": ["example. 60 IN NS ns.example."]}}, "a.example")
    assert isinstance(answer, Unanswered)
    assert "does not resolve for others" in answer.reason


async def test_an_answer_to_another_question_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    make_response = dns.message.make_response

    def forged(query: dns.message.Message) -> dns.message.Message:
        response = make_response(query)
        response.id ^= 1
        return response

    monkeypatch.setattr("dns.message.make_response", forged)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: OtherServer({"a.example.": {"answer": ["a.example. 60 IN A 192.0.2.66"]}}),
        local_addr=("127.0.0.1", 0),
    )
    port = transport.get_extra_info("sockname")[1]
    answer = await DnsResolver([f"127.0.0.1:{port}"], deadline=0.2).ask("a.example", "A")
    assert isinstance(answer, Unanswered)
    transport.close()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("192.0.2.53", ("192.0.2.53", 53)),
        ("192.0.2.53:5353", ("192.0.2.53", 5353)),
        ("2001:db8::53", ("2001:db8::53", 53)),
        ("[2001:db8::53]", ("2001:db8::53", 53)),
        ("[2001:db8::53]:5353", ("2001:db8::53", 5353)),
    ],
)
def test_a_server_is_an_address_with_a_port_where_it_is_not_53(text: str, place: tuple[str, int]) -> None:
    assert parse_server(text) == place


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dns.example.com",
        "192.0.2.53:",
        "192.0.2.53:0",
        "192.0.2.53:65536",
        "192.0.2.53:x",
        "[::1",
        "::1]:53",
    ],
)
def test_what_is_no_server_is_told_when_the_resolver_is_made(text: str) -> None:
    with pytest.raises(BadConfiguration) as caught:
        DnsResolver([text])
    assert repr(text) in caught.value.fact
    assert caught.value.fix


async def test_a_tlsa_record_is_written_as_four_words(resolver: DnsResolver) -> None:
    found = await resolver.ask("_25._tcp.mx1.example.com", "TLSA")
    assert isinstance(found, Found)
    assert found.values == ("3 1 1 ab" + "cd" * 31,)


@pytest.mark.rule("O9")
@pytest.mark.parametrize("validated", [True, False])
async def test_a_resolver_that_validates_is_known_by_what_it_says_of_the_root(validated: bool) -> None:
    server = ZoneServer(ZONE, validated=validated)
    await server.open()
    assert await DnsResolver([f"127.0.0.1:{server.port}"]).validates() is validated
    await server.close()


async def test_a_silent_resolver_leaves_open_whether_it_validates(server: ZoneServer) -> None:
    server.fail(".")
    assert await DnsResolver([f"127.0.0.1:{server.port}"]).validates() is None


async def test_a_resolver_elsewhere_is_not_asked_whether_it_validates() -> None:
    assert await DnsResolver(["192.0.2.53"]).validates() is False
