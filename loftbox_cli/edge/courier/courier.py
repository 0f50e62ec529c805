"""Carries one message to its destination: way, session, hand-over, report.

Every address that DNS named is checked before it is dialed, and exactly that address
is dialed. What a session has to show is said by `core/tls_policy.py`; its steps are
tried in turn, each on a connection of its own.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime

import structlog

from loftbox_cli.core.delivery import words_of
from loftbox_cli.core.ip_family import IpFamily
from loftbox_cli.core.parcel import Parcel
from loftbox_cli.core.report import Report, Stage
from loftbox_cli.core.smtp_wire import content_fault, path_fault
from loftbox_cli.core.tls_policy import Assurance, weaker
from loftbox_cli.edge.courier.contexts import Contexts
from loftbox_cli.edge.courier.dialing import Peer, StepError
from loftbox_cli.edge.courier.dialog import CLOSING, NEED_MORE
from loftbox_cli.edge.courier.kept import KeptSessions
from loftbox_cli.edge.courier.opening import Terms, open_session
from loftbox_cli.edge.courier.session import Session
from loftbox_cli.edge.courier.sources import Sources
from loftbox_cli.edge.courier.sts import Fetch, Policies
from loftbox_cli.edge.courier.sts_fetch import PolicyFetch
from loftbox_cli.edge.courier.timeouts import Timeouts
from loftbox_cli.edge.courier.transcript import Transcript
from loftbox_cli.edge.courier.ways import Way, Ways
from loftbox_cli.services.ports import Courier, Resolver, RouteBook

# In one attempt: a dead site with many hosts must not hold it for long.
MOST_DIALED = 5
MOST_SESSIONS = 2  # that began and came to nothing

BeforeData = Callable[[], Awaitable[None]]

log = structlog.get_logger("courier")


class SmtpCourier(Courier):
    """Speaks SMTP to the hosts of a destination, or to the smarthost of a domain."""

    def __init__(
        self,
        *,
        resolver: Resolver,
        book: RouteBook,
        hostname: str,
        draw: Callable[[], float],
        now: Callable[[], datetime],
        port: int = 25,
        family: IpFamily = IpFamily.AUTO,
        allowed_networks: Sequence[str] = (),
        own_addresses: Sequence[str] = (),
        timeouts: Timeouts | None = None,
        contexts: Contexts | None = None,
        fetch: Fetch | None = None,
        sources: Sources | None = None,
    ) -> None:
        """Make a courier that calls itself `hostname`.

        `draw` gives numbers from 0 to 1, which spread the load over hosts of equal
        preference. `allowed_networks` opens networks for addresses that DNS named;
        `own_addresses` are not dialed outside of them, nor are those of this machine.
        """
        contexts = contexts or Contexts()
        timeouts = timeouts or Timeouts()
        self._book = book
        self._terms = Terms(hostname, timeouts, contexts, now)
        self._kept = KeptSessions(timeouts.idle)
        self._ways = Ways(
            resolver=resolver,
            book=book,
            policies=Policies(
                resolver, book, fetch or PolicyFetch(resolver, contexts, allowed_networks), now
            ),
            sources=sources or Sources(resolver, named=own_addresses),
            draw=draw,
            hostname=hostname,
            port=port,
            family=family,
            allowed_networks=allowed_networks,
        )

    async def carry(self, parcel: Parcel, *, before_data: BeforeData) -> Report:
        """Hand `parcel` over and report what was seen; never raises for the peer's faults."""
        if fault := _unfit(parcel):
            return Report(Stage.ROUTE, fault=fault, hopeless=True)
        way = await self._ways.find(parcel.destination, parcel.domain)
        transcript = Transcript()
        kept = self._kept.take(way.key)
        if kept is not None:
            report = await self._use(kept, way, parcel, before_data, transcript)
            # A peer may close an idle session at any time (RFC 5321 section 3.8);
            # only MAIL was lost, and says nothing about the message.
            if not (_went_stale(report) or _lacks_something(report)):
                return report
        return await self._reach(way, parcel, before_data, transcript)

    async def site(self, destination: str, domain: str) -> str:
        """Name the group of servers that takes mail from our `domain` to `destination`."""
        return await self._ways.site(destination, domain)

    async def greet_smarthost(self, domain: str) -> Report | None:
        """Open a session with the smarthost of our `domain`, log in, and keep it for a message.

        The report has neither words nor a fault where that goes well; None where there is no smarthost.
        """
        way = await self._ways.find(domain, domain)
        if way.smarthost is None:
            return None
        report = Report(Stage.ROUTE, fault=f"{way.smarthost.host} has no address")
        async with aclosing(self._ways.peers(way)) as peers:
            async for found in peers:
                opened = found if isinstance(found, Report) else await self._open(found, Transcript())
                if isinstance(opened, Session):
                    peer, tls = opened.peer, opened.tls
                    self._kept.put(way.key, opened)
                    return Report(Stage.AUTH, host=peer.host, address=peer.address, tls=tls)
                report = opened
                if report.stage is Stage.AUTH:
                    break
        return report

    async def close(self) -> None:
        """Take leave of all peers."""
        await self._kept.close()

    async def _use(
        self, session: Session, way: Way, parcel: Parcel, before_data: BeforeData, transcript: Transcript
    ) -> Report:
        try:
            report = await session.carry(parcel, before_data=before_data, transcript=transcript)
        finally:
            self._kept.put(way.key, session)
        if _wants_more(report) and (way.smarthost or not session.tls):
            # It says nothing about the message, and a later session may have what is missing.
            report = replace(report, stage=Stage.AUTH if way.smarthost else Stage.TLS)
        if way.smarthost is not None and report.stage is Stage.AUTH:
            await self._book.login_refused(way.smarthost, words_of(report))
        return replace(report, site=way.site)

    async def _reach(
        self, way: Way, parcel: Parcel, before_data: BeforeData, transcript: Transcript
    ) -> Report:
        """Go from host to host until one opens a session; what it says then is the answer.

        A host that lacks what the message needs was asked nothing about it: another one
        may have that (RFC 6531 section 3.2).
        """
        setbacks = []
        dialed = begun = 0
        lacking = ""
        async with aclosing(self._ways.peers(way)) as peers:
            async for found in peers:
                if isinstance(found, Report):
                    transcript.noticed(words_of(found))
                    setbacks.append(found)
                    continue
                if found.host == lacking:
                    continue
                dialed += 1
                session = await self._open(found, transcript)
                if isinstance(session, Session):
                    await self._note(way, session, transcript)
                    report = await self._use(session, way, parcel, before_data, transcript)
                    if not _lacks_something(report):
                        return report
                    lacking = found.host
                    transcript.noticed(words_of(report))
                else:
                    report = session
                    begun += report.stage is not Stage.CONNECT
                setbacks.append(report)
                # A refused login is refused at every address, and each refusal counts there.
                if report.stage is Stage.AUTH or dialed == MOST_DIALED or begun == MOST_SESSIONS:
                    break
        report = replace(_most_telling(setbacks), site=way.site, transcript=transcript.lines())
        if way.smarthost is not None and report.stage is Stage.AUTH:
            await self._book.login_refused(way.smarthost, words_of(report))
        return report

    async def _open(self, peer: Peer, transcript: Transcript) -> Session | Report:
        *others, last = peer.demand.steps
        try:
            for step, following in zip(others, peer.demand.steps[1:], strict=True):
                try:
                    return await open_session(peer, step, self._terms, transcript)
                except StepError as error:
                    if error.stage is not Stage.TLS:
                        raise
                    if step is Assurance.VERIFIED:
                        asker = peer.demand.asker
                        log.warning("a policy in testing fails", asker=asker, host=peer.host, why=str(error))
                plain = following is Assurance.NONE
                transcript.noticed("trying again without TLS" if plain else "trying again without a check")
            return await open_session(peer, last, self._terms, transcript)
        except StepError as error:
            return error.report(peer, "", transcript)

    async def _note(self, way: Way, session: Session, transcript: Transcript) -> None:
        """Remember how private it was, and tell when it was more so before."""
        if way.smarthost is not None:
            if way.login is not None:
                await self._book.login_taken(way.smarthost)
            return
        best = self._book.best(way.destination)
        if weaker(session.assurance, best):
            # An alert and no failure: who stops offering TLS may have reasons, or an attacker in between.
            transcript.noticed(f"weaker than before: {session.assurance} instead of {best}")
            log.warning(
                "TLS is weaker than before",
                destination=way.destination,
                host=session.peer.host,
                shown=session.assurance.value,
                best=best.value,
            )
        elif session.assurance is not best:
            await self._book.reached(way.destination, session.assurance)


def _unfit(parcel: Parcel) -> str:
    sender = path_fault(parcel.mail_from) if parcel.mail_from else ""
    return sender or path_fault(parcel.rcpt_to) or content_fault(parcel.raw)


def _went_stale(report: Report) -> bool:
    return (
        report.stage is Stage.MAIL
        and not report.hopeless
        and (report.said is None or report.said.code == CLOSING)
    )


def _lacks_something(report: Report) -> bool:
    """Say whether the message was not even offered, since the peer has no room or words for its kind."""
    return report.stage is Stage.MAIL and report.hopeless


def _wants_more(report: Report) -> bool:
    """Say whether a peer wants TLS or a login before it takes mail."""
    return (
        report.stage in (Stage.MAIL, Stage.RCPT) and report.said is not None and report.said.code == NEED_MORE
    )


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
