"""What a session has to show before it gets a message: MTA-STS, DANE, and what was seen before."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from loftbox_cli.core.delivery import Outcome, judge
from loftbox_cli.core.dns import DnsAnswer, Found, NoRecord, NoSuchName, Unanswered
from loftbox_cli.core.mta_sts import KeptPolicy, Mode
from loftbox_cli.core.parcel import Parcel
from loftbox_cli.core.report import Report, Stage
from loftbox_cli.core.tls_policy import Assurance
from loftbox_cli.edge.courier import SmtpCourier
from loftbox_cli.edge.courier.contexts import Contexts
from loftbox_cli.services.ports import Resolver
from tests.edge.authority import Authority, Issued
from tests.edge.next_hop import DROP, NOW, Book, NextHop, Zone, clock

PARCEL = Parcel("b=1@bounce.example.com", "bob@example.org", "example.org", b"Subject: hi\r\n\r\nHello\r\n")
HOST = "mx.example.org"
ZONE: dict[tuple[str, str], DnsAnswer] = {
    ("example.org", "MX"): Found((f"10 {HOST}",)),
    (HOST, "A"): Found(("127.0.0.1",)),
}
OFFERS_TLS = "250-next.example\r\n250 STARTTLS"


async def nothing() -> None: ...


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def enforce(*mx: str, mode: Mode = Mode.ENFORCE) -> Book:
    kept = KeptPolicy("example.org", "1", mode, mx or (HOST,), NOW, NOW + timedelta(days=7))
    return Book(policies={"example.org": kept})


def courier(
    hop: NextHop, book: Book, authority: Authority | None = None, resolver: Resolver | None = None
) -> SmtpCourier:
    return SmtpCourier(
        resolver=resolver or Zone(ZONE),
        book=book,
        hostname="gateway.example.com",
        draw=lambda: 0.5,
        now=clock,
        port=hop.port,
        allowed_networks=("127.0.0.0/8",),
        contexts=Contexts(authority.file if authority else None),
    )


async def carry(
    hop: NextHop,
    book: Book,
    authority: Authority | None = None,
    resolver: Resolver | None = None,
) -> Report:
    async with hop:
        made = courier(hop, book, authority, resolver)
        try:
            return await made.carry(PARCEL, before_data=nothing)
        finally:
            await made.close()


def tls_hop(issued: Issued, **answers: str) -> NextHop:
    return NextHop({"EHLO": OFFERS_TLS, **answers}, tls=issued.context)


@pytest.mark.rule("O8")
async def test_enforced_mta_sts_takes_a_host_whose_certificate_is_good(authority: Authority) -> None:
    report = await carry(tls_hop(authority.server(HOST)), enforce(), authority)
    assert report.stage is Stage.DOT
    assert any(line.startswith("* verified and encrypted with TLSv1.3") for line in report.transcript)


@pytest.mark.rule("O8")
@pytest.mark.parametrize("fault", ["name", "stranger", "ended"])
async def test_enforced_mta_sts_stops_before_a_bad_certificate(
    authority: Authority, tmp_path: Path, fault: str
) -> None:
    issued = {
        "name": lambda: authority.server("other.example.org"),
        "stranger": lambda: Authority(tmp_path, "stranger").server(HOST),
        "ended": lambda: authority.server(HOST, ends=NOW - timedelta(days=1)),
    }[fault]()
    hop = tls_hop(issued)
    report = await carry(hop, enforce(), authority)
    assert (report.stage, report.said, report.hopeless) == (Stage.TLS, None, False)
    assert "the certificate is not good" in report.fault
    assert report.fault.endswith("; MTA-STS policy of example.org asks for it")
    assert not any(command.startswith("MAIL") for command in hop.commands)
    assert hop.sessions == 1


@pytest.mark.rule("O8")
async def test_enforced_mta_sts_never_falls_back_to_plain_text(authority: Authority) -> None:
    hop = NextHop()
    report = await carry(hop, enforce(), authority)
    assert report.stage is Stage.TLS
    assert report.fault == "mx.example.org offers no TLS; MTA-STS policy of example.org asks for it"
    assert hop.messages == []
    assert (
        await carry(tls_hop(authority.server(HOST), STARTTLS=DROP), enforce(), authority)
    ).stage is Stage.TLS


@pytest.mark.rule("O8")
async def test_enforced_mta_sts_passes_over_hosts_that_the_policy_does_not_name(authority: Authority) -> None:
    hop = tls_hop(authority.server(HOST))
    report = await carry(hop, enforce("*.mail.example.org"), authority)
    assert (report.stage, report.hopeless) == (Stage.ROUTE, False)
    assert report.fault == "mx.example.org is not in the MTA-STS policy of example.org"
    assert hop.sessions == 0


@pytest.mark.rule("O8")
@pytest.mark.parametrize("offers", [True, False])
async def test_mta_sts_in_testing_only_tells(authority: Authority, tmp_path: Path, offers: bool) -> None:
    stranger = Authority(tmp_path, "stranger").server(HOST)
    hop = tls_hop(stranger) if offers else NextHop()
    report = await carry(hop, enforce(mode=Mode.TESTING), authority)
    assert report.stage is Stage.DOT
    assert bool(report.tls) is offers
    if offers:
        assert any("the certificate is not good" in line for line in report.transcript)


async def test_a_policy_of_none_asks_for_nothing() -> None:
    assert (await carry(NextHop(), enforce(mode=Mode.NONE))).stage is Stage.DOT


async def test_a_policy_that_ended_asks_for_nothing() -> None:
    book = enforce()
    book.policies["example.org"] = replace(book.policies["example.org"], until=NOW)
    assert (await carry(NextHop(), book)).stage is Stage.DOT


async def test_a_session_that_shows_less_is_not_reused_under_a_policy(authority: Authority) -> None:
    hop, book = tls_hop(authority.server(HOST)), Book()
    async with hop:
        made = courier(hop, book, authority)
        await made.carry(PARCEL, before_data=nothing)
        book.policies = enforce().policies
        await made.carry(PARCEL, before_data=nothing)
        await made.close()
    assert hop.sessions == 2


class Signed(Zone):
    """A zone whose TLSA records stand at every port."""

    async def ask(self, name: str, kind: str) -> DnsAnswer:
        return await super().ask(name.partition("._tcp.")[2] if kind == "TLSA" else name, kind)


def signed(*records: str, validated: bool = True, answer: DnsAnswer | None = None) -> Signed:
    return Signed(
        {
            ("example.org", "MX"): Found((f"10 {HOST}",), authenticated=validated),
            (HOST, "A"): Found(("127.0.0.1",), authenticated=validated),
            (HOST, "TLSA"): answer or Found(records, authenticated=validated),
        }
    )


@pytest.mark.rule("O9")
@pytest.mark.parametrize("usage", [2, 3])
@pytest.mark.parametrize("selector", [0, 1])
@pytest.mark.parametrize("matching", [0, 1])
async def test_a_certificate_that_signed_dns_names_is_taken(
    authority: Authority, usage: int, selector: int, matching: int
) -> None:
    server = authority.server(HOST)
    record = (authority.own if usage == 2 else server).tlsa(usage, selector, matching)
    book = Book()
    report = await carry(tls_hop(server), book, resolver=signed(record))
    assert report.stage is Stage.DOT
    assert any("verified by DANE" in line for line in report.transcript)
    assert book.seen == {"example.org": Assurance.DANE}


@pytest.mark.rule("O9")
async def test_one_record_that_fits_is_enough_while_keys_change(authority: Authority) -> None:
    server = authority.server(HOST)
    assert (
        await carry(tls_hop(server), Book(), resolver=signed(f"3 1 1 {'00' * 32}", server.tlsa(3)))
    ).stage is (Stage.DOT)


@pytest.mark.rule("O9")
async def test_neither_name_nor_dates_matter_for_a_certificate_that_dns_names_itself(
    authority: Authority,
) -> None:
    server = authority.server("elsewhere.example", ends=NOW - timedelta(days=1))
    assert (await carry(tls_hop(server), Book(), resolver=signed(server.tlsa(3)))).stage is Stage.DOT


@pytest.mark.rule("O9")
@pytest.mark.parametrize("fault", ["key", "name", "ended", "stranger"])
async def test_a_certificate_that_signed_dns_does_not_name_gets_no_mail(
    authority: Authority, tmp_path: Path, fault: str
) -> None:
    server = {
        "key": lambda: authority.server(HOST),
        "name": lambda: authority.server("elsewhere.example"),
        "ended": lambda: authority.server(HOST, ends=NOW - timedelta(days=1)),
        "stranger": lambda: Authority(tmp_path, "authority").server(HOST),
    }[fault]()
    record = f"3 1 1 {'00' * 32}" if fault == "key" else authority.own.tlsa(2)
    hop = tls_hop(server)
    report = await carry(hop, Book(), resolver=signed(record))
    assert (report.stage, report.said, report.hopeless) == (Stage.TLS, None, False)
    assert report.fault.endswith("DANE asks for it")
    assert hop.messages == []


@pytest.mark.rule("O9")
async def test_an_authority_that_only_the_record_shows_is_taken(authority: Authority) -> None:
    server = authority.server(HOST)
    alone = server.file.read_bytes().rpartition(b"-----BEGIN CERTIFICATE-----")[0]
    server.file.write_bytes(alone)
    assert (
        await carry(tls_hop(server), Book(), resolver=signed(authority.own.tlsa(2, 0, 0)))
    ).stage is Stage.DOT


@pytest.mark.rule("O9")
async def test_bogus_tlsa_records_are_a_fault_that_passes() -> None:
    hop = NextHop()
    report = await carry(hop, Book(), resolver=signed(answer=Unanswered(HOST, "SERVFAIL")))
    assert (report.stage, report.said, report.hopeless) == (Stage.ROUTE, None, False)
    assert "TLSA records of mx.example.org: SERVFAIL" in report.fault
    assert hop.sessions == 0


@pytest.mark.rule("O9")
@pytest.mark.parametrize("answer", [NoRecord(HOST), NoSuchName(HOST)])
async def test_a_signed_host_without_tlsa_records_is_as_any_other(answer: DnsAnswer) -> None:
    assert (await carry(NextHop(), Book(), resolver=signed(answer=answer))).stage is Stage.DOT


@pytest.mark.rule("O9")
async def test_records_of_a_resolver_that_does_not_validate_count_for_nothing() -> None:
    zone = signed(f"3 1 1 {'00' * 32}", validated=False)
    assert (await carry(NextHop(), Book(), resolver=zone)).stage is Stage.DOT
    assert not any(kind == "TLSA" for _, kind in zone.asked)


@pytest.mark.rule("O9")
async def test_records_that_we_cannot_use_still_ask_for_tls(authority: Authority) -> None:
    zone = signed(f"1 1 1 {'00' * 32}", "3 1 9 00")
    assert (await carry(NextHop(), Book(), resolver=zone)).stage is Stage.TLS
    report = await carry(tls_hop(authority.server("elsewhere.example")), Book(), resolver=zone)
    assert report.stage is Stage.DOT


@pytest.mark.rule("O9")
async def test_dane_decides_where_mta_sts_would_too(authority: Authority, tmp_path: Path) -> None:
    stranger = Authority(tmp_path, "stranger").server(HOST)
    assert (await carry(tls_hop(stranger), enforce(), authority, signed(stranger.tlsa(3)))).stage is Stage.DOT
    good = authority.server(HOST)
    assert (await carry(tls_hop(good), enforce(), authority, signed(stranger.tlsa(3)))).stage is Stage.TLS


@pytest.mark.rule("O7")
async def test_the_best_session_is_remembered_and_a_weaker_one_is_told(authority: Authority) -> None:
    book = Book()
    await carry(tls_hop(authority.server(HOST)), book)
    assert book.seen == {"example.org": Assurance.ENCRYPTED}
    report = await carry(NextHop(), book)
    assert report.stage is Stage.DOT
    assert "* weaker than before: none instead of encrypted" in report.transcript
    assert book.seen == {"example.org": Assurance.ENCRYPTED}


@pytest.mark.rule("O7")
@pytest.mark.parametrize("step", ["MAIL", "RCPT"])
async def test_a_peer_that_wants_tls_after_tls_failed_gets_the_mail_later(step: str) -> None:
    hop = NextHop({"EHLO": OFFERS_TLS, "STARTTLS": DROP, step: "530 5.7.0 STARTTLS comes first"})
    report = await carry(hop, Book())
    assert report.said is not None
    assert (report.stage, report.said.code) == (Stage.TLS, 530)
    assert judge(report) is Outcome.DEFERRED


async def test_a_peer_that_wants_a_login_from_everybody_takes_no_mail(authority: Authority) -> None:
    hop = tls_hop(authority.server(HOST), MAIL="530 5.7.1 Client was not authenticated")
    report = await carry(hop, Book())
    assert (report.stage, judge(report)) == (Stage.MAIL, Outcome.FAILED)


@pytest.mark.rule("A4")
async def test_an_answer_slipped_under_the_encryption_is_thrown_away(authority: Authority) -> None:
    injected = "220 go ahead\r\n250-evil.example\r\n250 AUTH PLAIN"
    hop = NextHop({"EHLO": OFFERS_TLS, "STARTTLS": injected}, tls=authority.server(HOST).context)
    report = await carry(hop, Book())
    assert report.stage is Stage.DOT
    assert report.tls
    assert not any("evil" in line for line in report.transcript)
