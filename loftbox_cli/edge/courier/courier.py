"""Carries one message to its destination: route, session, hand-over, report.

TLS is opportunistic (RFC 7435): a certificate that nobody checked still keeps
out who only listens, and a peer whose TLS fails gets the message in plain text,
as it would have before. Every address that DNS named is checked before it is
dialed, and exactly that address is dialed.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from ipaddress import ip_address

from loftbox_cli.core import route
from loftbox_cli.core.parcel import Parcel
from loftbox_cli.core.report import Report, Stage
from loftbox_cli.core.smtp_wire import content_fault, path_fault
from loftbox_cli.core.target import refused
from loftbox_cli.edge.courier.dialing import Peer, StepError
from loftbox_cli.edge.courier.kept import KeptSessions
from loftbox_cli.edge.courier.session import Session
from loftbox_cli.edge.courier.timeouts import Timeouts
from loftbox_cli.edge.courier.transcript import Transcript
from loftbox_cli.services.ports import Courier, Resolver

MOST_DIALED = 10  # addresses in one attempt: a dead site with many hosts must not hold it for long


class SmtpCourier(Courier):
    """Speaks SMTP to the hosts of a destination, or to one next hop for all."""

    def __init__(
        self,
        *,
        resolver: Resolver,
        hostname: str,
        draw: Callable[[], float],
        port: int = 25,
        next_hop: tuple[str, int] | None = None,
        allowed_networks: Sequence[str] = (),
        timeouts: Timeouts | None = None,
    ) -> None:
        """Make a courier that calls itself `hostname`.

        `draw` gives numbers from 0 to 1, which spread the load over hosts of equal
        preference. `next_hop` takes all mail without an MX question; who wrote it
        into the configuration knows where it leads, so it may lie in any network.
        `allowed_networks` opens networks for addresses that DNS named.
        """
        self._resolver = resolver
        self._hostname = hostname
        self._draw = draw
        self._port = port
        self._next_hop = next_hop
        self._allowed = tuple(allowed_networks)
        self._timeouts = timeouts or Timeouts()
        self._context = _opportunistic()
        self._kept = KeptSessions(self._timeouts.idle)

    async def carry(self, parcel: Parcel, *, before_data: Callable[[], Awaitable[None]]) -> Report:
        """Hand `parcel` over and report what was seen; never raises for the peer's faults."""
        if fault := _unfit(parcel):
            return Report(Stage.ROUTE, fault=fault, hopeless=True)
        transcript = Transcript()
        kept = self._kept.take(self._site(parcel))
        if kept is not None:
            report = await self._use(kept, parcel, before_data, transcript)
            # A peer may close an idle session at any time (RFC 5321 section 3.8);
            # only MAIL was lost, and says nothing about the message.
            if not _went_stale(report):
                return report
        return await self._reach(parcel, before_data, transcript)

    async def site(self, destination: str, domain: str) -> str:
        """Name the group of servers that takes the mail for `destination`."""
        if self._next_hop is not None:
            return "{}:{}".format(*self._next_hop)
        return route.site_of(await self._hosts(destination))

    async def _hosts(self, destination: str) -> route.Hosts | route.NoRoute:
        answer = await self._resolver.ask(destination, "MX")
        return route.hosts(destination, answer, draw=self._draw, own=self._hostname.lower())

    async def close(self) -> None:
        """Take leave of all peers."""
        await self._kept.close()

    def _site(self, parcel: Parcel) -> str:
        return parcel.destination if self._next_hop is None else ""

    async def _use(
        self,
        session: Session,
        parcel: Parcel,
        before_data: Callable[[], Awaitable[None]],
        transcript: Transcript,
    ) -> Report:
        try:
            return await session.carry(parcel, before_data=before_data, transcript=transcript)
        finally:
            self._kept.put(self._site(parcel), session)

    async def _reach(
        self, parcel: Parcel, before_data: Callable[[], Awaitable[None]], transcript: Transcript
    ) -> Report:
        """Go from host to host until one opens a session; what it says then is the answer."""
        setbacks = []
        dialed = 0
        async with aclosing(self._peers(parcel.destination)) as peers:
            async for found in peers:
                if isinstance(found, Report):
                    transcript.noticed(found.fault)
                    setbacks.append(found)
                    continue
                if dialed == MOST_DIALED:
                    break
                dialed += 1
                session = await self._open(found, transcript)
                if isinstance(session, Session):
                    return await self._use(session, parcel, before_data, transcript)
                setbacks.append(session)
        return replace(_most_telling(setbacks), transcript=transcript.lines())

    async def _open(self, peer: Peer, transcript: Transcript) -> Session | Report:
        try:
            try:
                return await self._session(peer, self._context, transcript)
            except StepError as error:
                if error.stage is not Stage.TLS:
                    raise
            transcript.noticed("trying again without TLS")
            return await self._session(peer, None, transcript)
        except StepError as error:
            return error.report(peer, "", transcript)

    async def _session(self, peer: Peer, context: ssl.SSLContext | None, transcript: Transcript) -> Session:
        return await Session.open(
            peer, hostname=self._hostname, context=context, timeouts=self._timeouts, transcript=transcript
        )

    async def _peers(self, destination: str) -> AsyncGenerator[Peer | Report, None]:
        """Give every address to try, best first, and a report for each place that leads nowhere."""
        if self._next_hop is not None:
            host, port = self._next_hop
            hosts: route.Hosts | route.NoRoute = route.Hosts((host,))
        else:
            port = self._port
            answer = await self._resolver.ask(destination, "MX")
            hosts = route.hosts(destination, answer, draw=self._draw, own=self._hostname.lower())
        if isinstance(hosts, route.NoRoute):
            yield _nowhere(hosts)
            return
        for host in hosts.names:
            addresses = await self._addresses(host, implicit=hosts.implicit)
            if isinstance(addresses, route.NoRoute):
                yield _nowhere(addresses, host)
                continue
            for address in addresses.values:
                reason = refused(address, self._allowed) if self._next_hop is None else ""
                yield _closed(host, address, reason) if reason else Peer(host, address, port)

    async def _addresses(self, host: str, *, implicit: bool) -> route.Addresses | route.NoRoute:
        if self._next_hop is not None and _is_address(host):
            return route.Addresses((host,))
        a, aaaa = await asyncio.gather(self._resolver.ask(host, "A"), self._resolver.ask(host, "AAAA"))
        return route.addresses(host, a, aaaa, implicit=implicit)


def _unfit(parcel: Parcel) -> str:
    sender = path_fault(parcel.mail_from) if parcel.mail_from else ""
    return sender or path_fault(parcel.rcpt_to) or content_fault(parcel.raw)


def _went_stale(report: Report) -> bool:
    return (
        report.stage is Stage.MAIL
        and not report.hopeless
        and (report.said is None or report.said.code == 421)
    )


def _nowhere(found: route.NoRoute, host: str = "") -> Report:
    return Report(
        Stage.ROUTE, said=found.verdict, fault=found.fault, hopeless=found.verdict is not None, host=host
    )


def _closed(host: str, address: str, reason: str) -> Report:
    return Report(Stage.ROUTE, fault=f"{host} is not dialed: {reason}", host=host, address=address)


def _most_telling(setbacks: Sequence[Report]) -> Report:
    """Choose what to report when no host took the message.

    One host's final word is not final while another may yet take the mail; of
    the rest, a peer's own words tell more than a connection that failed.
    """
    waiting = [report for report in setbacks if not _is_final(report)]
    spoken = [report for report in waiting if report.said is not None]
    return (spoken or waiting or setbacks)[-1]


def _is_final(report: Report) -> bool:
    return report.hopeless or (report.said is not None and report.said.code >= 500)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _opportunistic() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # RFC 8996
    return context
