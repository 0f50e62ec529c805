"""A small DNS server (RFC 1035) that is authoritative for every name there is.

It answers over UDP and TCP on one port of loopback. Records are written as
`core/dns.py` reads them: a TXT record as one string, an MX as "10 mx.example.com", a
PTR under its IP address. A name can be made to fail or to stay silent.
"""

import asyncio
import struct
from collections import deque
from collections.abc import Mapping, Sequence
from typing import cast

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdatatype
import dns.reversename
import dns.rrset
import dns.zonefile

from loftbox_cli.core.dns import Question
from loftbox_cli.core.records import TTL, quoted

PAYLOAD = 1232  # the most that leaves in one datagram (RFC 9715 section 3)
PLAIN_PAYLOAD = 512  # to those who do not speak EDNS (RFC 1035 section 4.2.1)
NEGATIVE_TTL = 60
REMEMBERED = 10_000  # questions
_BINDS = 10  # tries to find a port that is free for UDP and TCP

_Node = dict[dns.rdatatype.RdataType, dns.rrset.RRset]


class ZoneServer:
    """Serves `zone`: from (name, kind) to the values of that record.

    `validated` sets the AD bit for those who ask for it, as a validating resolver does.
    `asked` holds the last questions in order, to be looked at by whoever started it.
    """

    def __init__(
        self,
        zone: Mapping[Question, Sequence[str]] | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        validated: bool = False,
    ) -> None:
        self.host = host
        self.port = port
        self.asked: deque[Question] = deque(maxlen=REMEMBERED)
        self._validated = validated
        self._nodes: dict[dns.name.Name, _Node] = {}
        self._failing: dict[dns.name.Name, dns.rcode.Rcode] = {}
        self._silent: set[dns.name.Name] = set()
        self._tcp: asyncio.Server | None = None
        self._udp: asyncio.DatagramTransport | None = None
        self._sessions: set[asyncio.Task[None]] = set()
        for (name, kind), values in (zone or {}).items():
            self.set(name, kind, values)

    def set(self, name: str, kind: str, values: Sequence[str]) -> None:
        """Publish these records instead of those that are there; none of them removes the kind."""
        owner, rdtype = _owner(name, kind), dns.rdatatype.from_text(kind)
        node = self._nodes.setdefault(owner, {})
        node.pop(rdtype, None)
        if values:
            written = [quoted(value) if kind == "TXT" else value for value in values]
            node[rdtype] = dns.rrset.from_text_list(
                owner, TTL, "IN", kind, written, origin=dns.name.root, relativize=False
            )
        if not node:
            del self._nodes[owner]

    def load(self, zone_text: str) -> None:
        """Publish a block of a zone file, as `domain records --zone` prints it."""
        for rrset in dns.zonefile.read_rrsets(zone_text, rdclass=None):
            self._nodes.setdefault(rrset.name, {})[rrset.rdtype] = rrset

    def fail(self, name: str, code: str = "SERVFAIL") -> None:
        """Answer everything about a name with an error."""
        self._failing[dns.name.from_text(name)] = dns.rcode.from_text(code)

    def silence(self, name: str) -> None:
        """Answer nothing about a name."""
        self._silent.add(dns.name.from_text(name))

    def heal(self, name: str) -> None:
        """Answer about a name again."""
        self._failing.pop(dns.name.from_text(name), None)
        self._silent.discard(dns.name.from_text(name))

    async def open(self) -> None:
        """Listen; afterwards `port` is the real one."""
        for left in reversed(range(_BINDS)):
            self._tcp = await asyncio.start_server(self._serve, self.host, self.port)
            port = int(self._tcp.sockets[0].getsockname()[1])
            try:
                self._udp, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                    lambda: _Datagrams(self), local_addr=(self.host, port)
                )
            except OSError:
                self._tcp.close()
                if self.port or not left:
                    raise
            else:
                self.port = port
                return

    async def close(self) -> None:
        """Stop listening and end all sessions."""
        if self._udp is not None:
            self._udp.close()
        if self._tcp is not None:
            self._tcp.close()
        for session in self._sessions:
            session.cancel()
        await asyncio.gather(*self._sessions, return_exceptions=True)
        if self._tcp is not None:
            await self._tcp.wait_closed()

    def answer(self, wire: bytes, *, over_udp: bool) -> bytes | None:
        """Answer one message, or nothing where it is no question or the name is silent."""
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return None
        if query.flags & dns.flags.QR or len(query.question) != 1:
            return None
        response = dns.message.make_response(query, recursion_available=True, our_payload=PAYLOAD)
        if query.opcode() != dns.opcode.QUERY:
            response.set_rcode(dns.rcode.NOTIMP)
        elif not self._fill(query, response):
            return None
        most = min(max(query.payload, PLAIN_PAYLOAD), PAYLOAD) if over_udp else 0xFFFF
        return response.to_wire(max_size=most, prefer_truncation=True, want_shuffle=False)

    def _fill(self, query: dns.message.Message, response: dns.message.Message) -> bool:
        """Put the answer in and follow aliases; False when there is to be none."""
        name, rdtype = query.question[0].name, query.question[0].rdtype
        self.asked.append((name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(rdtype)))
        response.flags |= dns.flags.AA
        if self._validated and (query.flags & dns.flags.AD or query.ednsflags & dns.flags.DO):
            response.flags |= dns.flags.AD
        seen: set[dns.name.Name] = set()
        while name not in seen:  # a circle of aliases ends here, as it stands
            seen.add(name)
            if name in self._silent:
                return False
            if name in self._failing:
                response.answer.clear()
                response.set_rcode(self._failing[name])
                return True
            node = self._nodes.get(name, {})
            alias = node.get(dns.rdatatype.CNAME)
            if rdtype in node:
                response.answer.append(node[rdtype])
                return True
            if alias is None:
                self._deny(name, response)
                return True
            response.answer.append(alias)
            name = alias[0].target
        return True

    def _deny(self, name: dns.name.Name, response: dns.message.Message) -> None:
        """Say no: RFC 2308 sections 2.1 and 2.2, with the SOA that tells how long it holds."""
        # RFC 8020: a name above others exists, even if it holds nothing itself.
        if not any(other.is_subdomain(name) for other in self._nodes):
            response.set_rcode(dns.rcode.NXDOMAIN)
        response.authority.append(_SOA)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = asyncio.current_task()
        if session is not None:
            self._sessions.add(session)
            session.add_done_callback(self._sessions.discard)
        try:
            while True:
                # RFC 1035 section 4.2.2: two octets of length before each message.
                (length,) = struct.unpack("!H", await reader.readexactly(2))
                answer = self.answer(await reader.readexactly(length), over_udp=False)
                if answer is not None:
                    writer.write(struct.pack("!H", len(answer)) + answer)
                    await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass  # the other side has had enough
        finally:
            writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: ZoneServer) -> None:
        self._server = server
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self._server.answer(data, over_udp=True)
        if answer is not None and self._transport is not None:
            self._transport.sendto(answer, addr)


_SOA = dns.rrset.from_text(
    dns.name.root, NEGATIVE_TTL, "IN", "SOA", f"localhost. nobody.invalid. 1 3600 600 86400 {NEGATIVE_TTL}"
)


def _owner(name: str, kind: str) -> dns.name.Name:
    return dns.reversename.from_address(name) if kind == "PTR" else dns.name.from_text(name)
