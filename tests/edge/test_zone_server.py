import asyncio
import struct
from collections.abc import AsyncIterator

import dns.asyncquery
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import pytest

from loftbox_cli.edge.simulator.zone_server import ZoneServer


@pytest.fixture
async def server() -> AsyncIterator[ZoneServer]:
    zone = {("deep.below.example.com", "A"): ["192.0.2.1"], ("long.example.com", "TXT"): ["x" * 2000]}
    server = ZoneServer(zone)
    await server.open()
    yield server
    await server.close()


async def ask(server: ZoneServer, name: str, kind: str, *, payload: int | None = None) -> dns.message.Message:
    query = dns.message.make_query(name, kind, use_edns=payload is not None, payload=payload or 0)
    return await dns.asyncquery.udp(query, server.host, port=server.port, timeout=5)


async def test_a_name_above_others_exists_without_records(server: ZoneServer) -> None:
    above = await ask(server, "below.example.com", "A")
    assert (above.rcode(), above.answer, len(above.authority)) == (dns.rcode.NOERROR, [], 1)
    beside = await ask(server, "low.example.com", "A")
    assert (beside.rcode(), len(beside.authority)) == (dns.rcode.NXDOMAIN, 1)


async def test_names_are_compared_without_regard_to_case(server: ZoneServer) -> None:
    answer = await ask(server, "Deep.Below.EXAMPLE.com", "A")
    assert answer.answer[0][0].to_text() == "192.0.2.1"


@pytest.mark.parametrize(("payload", "most"), [(None, 512), (4096, 1232)])
async def test_what_does_not_fit_a_datagram_is_cut_and_marked(
    server: ZoneServer, payload: int | None, most: int
) -> None:
    answer = await ask(server, "long.example.com", "TXT", payload=payload)
    assert answer.flags & dns.flags.TC
    assert answer.answer == []
    assert len(answer.to_wire()) <= most


async def test_one_tcp_session_answers_several_questions(server: ZoneServer) -> None:
    reader, writer = await asyncio.open_connection(server.host, server.port)
    for name in ("deep.below.example.com", "long.example.com"):
        wire = dns.message.make_query(name, "TXT").to_wire()
        writer.write(struct.pack("!H", len(wire)) + wire)
    sizes = []
    for _ in range(2):
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        sizes.append(len(await reader.readexactly(length)))
    assert sizes[1] > 2000
    writer.close()
    await writer.wait_closed()


async def test_closing_ends_a_session_that_is_open(server: ZoneServer) -> None:
    reader, writer = await asyncio.open_connection(server.host, server.port)
    await ask(server, "example.com", "A")  # by now the session is accepted
    await server.close()
    assert await reader.read() == b""
    writer.close()


async def test_garbage_and_answers_are_not_answered(server: ZoneServer) -> None:
    response = dns.message.make_response(dns.message.make_query("example.com", "A"))
    for wire in (b"", b"\x00", b"x" * 40, response.to_wire()):
        assert server.answer(wire, over_udp=True) is None


async def test_only_questions_are_understood(server: ZoneServer) -> None:
    notify = dns.message.make_query("example.com", "SOA")
    notify.set_opcode(dns.opcode.NOTIFY)
    wire = server.answer(notify.to_wire(), over_udp=True)
    assert wire is not None
    assert dns.message.from_wire(wire).rcode() == dns.rcode.NOTIMP


async def test_records_change_and_go_while_it_runs(server: ZoneServer) -> None:
    server.set("deep.below.example.com", "A", ["192.0.2.9"])
    assert (await ask(server, "deep.below.example.com", "A")).answer[0][0].to_text() == "192.0.2.9"
    server.set("deep.below.example.com", "A", [])
    assert (await ask(server, "deep.below.example.com", "A")).rcode() == dns.rcode.NXDOMAIN


async def test_it_remembers_what_it_was_asked(server: ZoneServer) -> None:
    await ask(server, "Deep.below.example.com", "MX")
    assert list(server.asked) == [("deep.below.example.com", "MX")]
