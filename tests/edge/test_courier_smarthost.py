"""All mail to one server: what it has to show, and how we log in."""

from base64 import b64encode
from pathlib import Path

import pytest

from loftbox_cli.core.delivery import Outcome, judge
from loftbox_cli.core.dns import DnsAnswer, Found
from loftbox_cli.core.parcel import Parcel
from loftbox_cli.core.report import Reply, Report, Stage
from loftbox_cli.core.smarthost import Login, Security, Smarthost
from loftbox_cli.edge.courier import SmtpCourier
from loftbox_cli.edge.courier.contexts import Contexts
from tests.edge.authority import Authority
from tests.edge.next_hop import DROP, Book, NextHop, Zone, clock

PARCEL = Parcel("b=1@bounce.example.com", "bob@example.org", "example.org", b"Subject: hi\r\n\r\nHello\r\n")
RELAY = "smtp.example.net"
LOGIN = Login("agent@example.com", "pass word")
PLAIN = b64encode(b"\0agent@example.com\0pass word").decode()
OFFERS = "250-relay\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN"
ZONE: dict[tuple[str, str], DnsAnswer] = {(RELAY, "A"): Found(("127.0.0.1",))}


async def nothing() -> None: ...


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


async def carry(
    hop: NextHop,
    authority: Authority | None = None,
    *,
    security: Security = Security.STARTTLS,
    login: Login | None = LOGIN,
    host: str = RELAY,
    book: Book | None = None,
    times: int = 1,
) -> tuple[Report, Book]:
    async with hop:
        book = book or Book()
        book.relay = Smarthost(host, hop.port, security, login.user if login else ""), login
        made = courier(book, authority)
        try:
            for _ in range(times):
                report = await made.carry(PARCEL, before_data=nothing)
        finally:
            await made.close()
    return report, book


@pytest.mark.rule("O30")
@pytest.mark.parametrize("security", [Security.IMPLICIT, Security.STARTTLS])
async def test_a_smarthost_gets_the_mail_after_tls_and_login(
    authority: Authority, security: Security
) -> None:
    server = authority.server(RELAY)
    implicit = security is Security.IMPLICIT
    hop = NextHop({"EHLO": OFFERS, "AUTH": "235 2.7.0 welcome"}, tls=server.context, implicit=implicit)
    report, _ = await carry(hop, authority, security=security)
    assert (report.stage, report.host) == (Stage.DOT, RELAY)
    assert report.site == f"{security}://agent@example.com@{RELAY}:{hop.port}"
    login = hop.commands.index(f"AUTH PLAIN {PLAIN}")
    assert hop.commands[login + 1].startswith("MAIL")
    assert ("STARTTLS" in hop.commands[:login]) is not implicit
    assert hop.encrypted == 1


async def greet(hop: NextHop, authority: Authority) -> Report | None:
    async with hop:
        book = Book()
        book.relay = Smarthost(RELAY, hop.port, Security.STARTTLS, LOGIN.user), LOGIN
        made = courier(book, authority)
        try:
            return await made.greet_smarthost("example.com")
        finally:
            await made.close()


def courier(book: Book, authority: Authority | None) -> SmtpCourier:
    return SmtpCourier(
        resolver=Zone(ZONE),
        book=book,
        hostname="gateway.example.com",
        draw=lambda: 0.5,
        now=clock,
        contexts=Contexts(authority.file if authority else None),
    )


async def test_greeting_a_smarthost_logs_in_and_hands_nothing_over(authority: Authority) -> None:
    hop = NextHop({"EHLO": OFFERS, "AUTH": "235 2.7.0 welcome"}, tls=authority.server(RELAY).context)
    report = await greet(hop, authority)
    assert report is not None
    assert (report.said, report.fault, report.host) == (None, "", RELAY)
    assert report.tls.startswith("TLSv1.")
    assert not [command for command in hop.commands if command.startswith("MAIL")]
    assert hop.commands[-1] == "QUIT"


async def test_greeting_a_smarthost_tells_a_refused_login_and_a_bad_certificate(authority: Authority) -> None:
    refusing = NextHop({"EHLO": OFFERS, "AUTH": "535 5.7.8 no"}, tls=authority.server(RELAY).context)
    refused = await greet(refusing, authority)
    assert refused is not None
    assert (refused.stage, refused.said) == (Stage.AUTH, Reply(535, "5.7.8", "no"))
    other = NextHop({"EHLO": OFFERS}, tls=authority.server("other.example").context)
    unproven = await greet(other, authority)
    assert unproven is not None
    assert unproven.stage is Stage.TLS


async def test_without_a_smarthost_there_is_nobody_to_greet() -> None:
    assert await courier(Book(), None).greet_smarthost("example.com") is None


@pytest.mark.rule("O30")
async def test_the_password_stands_in_no_transcript_and_in_no_word_about_it(authority: Authority) -> None:
    hop = NextHop({"EHLO": OFFERS, "AUTH": "535 5.7.8 no"}, tls=authority.server(RELAY).context)
    report, book = await carry(hop, authority)
    told = f"{report} {book.refused} {LOGIN}"
    assert "> AUTH PLAIN ***" in report.transcript
    assert "pass word" not in told
    assert PLAIN not in told


async def test_a_server_that_knows_only_login_is_answered_word_by_word(authority: Authority) -> None:
    user, password = (b64encode(word.encode()).decode() for word in (LOGIN.user, LOGIN.password))
    hop = NextHop(
        {
            "EHLO": "250-relay\r\n250-STARTTLS\r\n250 AUTH=LOGIN",
            "AUTH": "334 VXNlcm5hbWU6",
            user.upper(): "334 UGFzc3dvcmQ6",
            password.upper(): "235 2.7.0 welcome",
        },
        tls=authority.server(RELAY).context,
    )
    report, _ = await carry(hop, authority)
    assert report.stage is Stage.DOT
    assert [user, password] == hop.commands[4:6]
    assert not {user, password} & {line.removeprefix("> ") for line in report.transcript}


@pytest.mark.rule("O30")
async def test_a_refused_login_is_temporary_and_told_to_the_operator(authority: Authority) -> None:
    server = authority.server(RELAY).context
    refusing = NextHop({"EHLO": OFFERS, "AUTH": "535 5.7.8 bad credentials"}, tls=server)
    report, book = await carry(refusing, authority)
    assert (report.stage, report.said) == (Stage.AUTH, Reply(535, "5.7.8", "bad credentials"))
    assert judge(report) is Outcome.DEFERRED
    assert list(book.refused.values()) == ["535 5.7.8 bad credentials"]
    assert refusing.sessions == 1


async def test_the_alert_ends_with_the_first_login_that_is_taken(authority: Authority) -> None:
    server = authority.server(RELAY).context
    hop = NextHop({"EHLO": OFFERS, "AUTH": ["454 4.7.0 later", "235 2.7.0 welcome"]}, tls=server)
    report, book = await carry(hop, authority, times=2)
    assert report.stage is Stage.DOT
    assert book.refused == {}


@pytest.mark.parametrize("step", ["MAIL", "RCPT"])
async def test_a_smarthost_that_wants_a_login_we_do_not_have_is_told_too(
    authority: Authority, step: str
) -> None:
    hop = NextHop({"EHLO": OFFERS, step: "530 5.7.0 log in first"}, tls=authority.server(RELAY).context)
    report, book = await carry(hop, authority, login=None)
    assert (report.stage, judge(report)) == (Stage.AUTH, Outcome.DEFERRED)
    assert list(book.refused.values()) == ["530 5.7.0 log in first"]


@pytest.mark.rule("O30")
@pytest.mark.parametrize(
    "answers", [{"EHLO": "250 relay"}, {"STARTTLS": "454 4.7.0 not now"}, {"STARTTLS": DROP}]
)
async def test_no_login_and_no_mail_go_over_plain_text(authority: Authority, answers: dict[str, str]) -> None:
    hop = NextHop({"EHLO": OFFERS, **answers}, tls=authority.server(RELAY).context)
    report, _ = await carry(hop, authority)
    assert (report.stage, judge(report)) == (Stage.TLS, Outcome.DEFERRED)
    assert not any(command.startswith(("AUTH", "MAIL")) for command in hop.commands)


@pytest.mark.rule("O30")
@pytest.mark.parametrize("security", [Security.IMPLICIT, Security.STARTTLS])
@pytest.mark.parametrize("name", [RELAY, "elsewhere.example"])
async def test_a_smarthost_has_to_show_a_certificate_that_is_good(
    authority: Authority, security: Security, name: str
) -> None:
    trusted = authority if name != RELAY else None
    hop = NextHop(
        {"EHLO": OFFERS}, tls=authority.server(name).context, implicit=security is Security.IMPLICIT
    )
    report, _ = await carry(hop, trusted, security=security)
    assert (report.stage, report.said) == (Stage.TLS, None)
    assert "the certificate is not good" in report.fault
    assert not any(command.startswith("AUTH") for command in hop.commands)


async def test_a_smarthost_without_a_login_that_we_know_is_told(authority: Authority) -> None:
    hop = NextHop(
        {"EHLO": "250-relay\r\n250-STARTTLS\r\n250 AUTH GSSAPI"}, tls=authority.server(RELAY).context
    )
    report, book = await carry(hop, authority)
    assert report.fault == "smtp.example.net offers no login that we know (it has: GSSAPI)"
    assert book.refused


async def test_a_server_of_our_own_network_may_speak_plain_text() -> None:
    hop = NextHop()
    report, _ = await carry(hop, security=Security.LOCAL, login=None, host="127.0.0.1")
    assert (report.stage, report.tls) == (Stage.DOT, "")
    report, _ = await carry(NextHop(), security=Security.LOCAL, login=None, host="localhost")
    assert report.address == "127.0.0.1"


async def test_a_server_beyond_our_network_may_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loftbox_cli.edge.courier.ways.refused", lambda *_: "")
    hop = NextHop()
    report, _ = await carry(hop, security=Security.LOCAL, login=None)
    assert report.fault == "smtp.example.net offers no TLS; a smarthost beyond our own network asks for it"
    assert hop.messages == []
