"""Where the courier goes, how it gets in, and which sessions it keeps."""

import asyncio
import errno
import socket
import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loftbox_cli.core.dns import DnsAnswer, Found, NoSuchName, Unanswered
from loftbox_cli.core.parcel import Parcel
from loftbox_cli.core.report import Reply, Report, Stage
from loftbox_cli.core.smarthost import Smarthost
from loftbox_cli.edge.courier import SmtpCourier, Timeouts
from tests.edge.next_hop import DROP, HANG, Book, NextHop, Zone, clock, self_signed

PARCEL = Parcel("b=1@bounce.example.com", "bob@example.org", "example.org", b"Subject: hi\r\n\r\nHello\r\n")
TWO_HOSTS: dict[tuple[str, str], DnsAnswer] = {
    ("example.org", "MX"): Found(("10 one.example.org", "20 two.example.org")),
    ("one.example.org", "A"): Found(("127.0.0.1",)),
    ("two.example.org", "A"): Found(("127.0.0.2",)),
}
ONE_HOST = {**TWO_HOSTS, ("example.org", "MX"): Found(("10 one.example.org",))}


async def nothing() -> None: ...


def relay(host: str, hop: NextHop) -> Book:
    return Book((Smarthost(host, hop.port), None))


@asynccontextmanager
async def courier(
    port: int, zone: Mapping[tuple[str, str], DnsAnswer] = ONE_HOST, **options: Any
) -> AsyncGenerator[SmtpCourier, None]:
    usual: dict[str, Any] = {
        "resolver": Zone(zone),
        "book": Book(),
        "now": clock,
        "draw": lambda: 0.5,
        "allowed_networks": ("127.0.0.0/8",),
    }
    made = SmtpCourier(hostname="gateway.example.com", port=port, **{**usual, **options})
    try:
        yield made
    finally:
        await made.close()


async def carry(
    port: int, zone: Mapping[tuple[str, str], DnsAnswer] = ONE_HOST, parcel: Parcel = PARCEL, **options: Any
) -> Report:
    async with courier(port, zone, **options) as made:
        return await made.carry(parcel, before_data=nothing)


@pytest.mark.rule("O2")
async def test_a_null_mx_is_final_and_nothing_is_dialed() -> None:
    async with NextHop() as hop:
        report = await carry(hop.port, {("example.org", "MX"): Found(("0 .",))})
    assert report.said is not None
    assert (report.stage, report.said.code, report.said.enhanced) == (Stage.ROUTE, 556, "5.1.10")
    assert report.hopeless
    assert hop.sessions == 0


@pytest.mark.rule("O1")
async def test_a_failing_dns_server_never_leads_to_the_address_of_the_domain() -> None:
    zone: dict[tuple[str, str], DnsAnswer] = {
        ("example.org", "MX"): Unanswered("example.org", "SERVFAIL"),
        ("example.org", "A"): Found(("127.0.0.1",)),
    }
    async with NextHop() as hop:
        report = await carry(hop.port, zone)
    assert (report.stage, report.said, report.hopeless) == (Stage.ROUTE, None, False)
    assert "SERVFAIL" in report.fault
    assert hop.sessions == 0


async def test_a_domain_without_mx_gets_its_mail_at_its_own_address() -> None:
    async with NextHop() as hop:
        report = await carry(hop.port, {("example.org", "A"): Found(("127.0.0.1",))})
    assert (report.stage, report.host) == (Stage.DOT, "example.org")


async def test_a_domain_that_does_not_exist_is_final() -> None:
    report = await carry(1, {("example.org", "MX"): NoSuchName("example.org")})
    assert (report.stage, report.hopeless) == (Stage.ROUTE, True)


@pytest.mark.rule("O3")
async def test_an_mx_that_is_an_alias_is_followed() -> None:
    zone = {
        ("example.org", "MX"): Found(("10 mail.example.org",)),
        ("mail.example.org", "A"): Found(("127.0.0.1",), aliases=("host.example.net",)),
    }
    async with NextHop() as hop:
        assert (await carry(hop.port, zone)).host == "mail.example.org"


@pytest.mark.rule("O4")
async def test_an_address_inside_is_refused_unless_its_network_is_listed() -> None:
    async with NextHop() as hop:
        report = await carry(hop.port, allowed_networks=())
        assert hop.sessions == 0
        assert (report.stage, report.said, report.hopeless) == (Stage.ROUTE, None, False)
        assert "127.0.0.1 is not public (loopback)" in report.fault
        assert (await carry(hop.port, allowed_networks=("127.0.0.1/32",))).stage is Stage.DOT


@pytest.mark.rule("O4")
async def test_an_address_of_this_gateway_is_not_dialed_whatever_name_leads_there() -> None:
    zone = {
        ("example.org", "MX"): Found(("10 mx.example.org",)),
        ("mx.example.org", "A"): Found(("8.8.4.4",)),
    }
    report = await carry(1, zone, own_addresses=("8.8.4.4",))
    assert (report.stage, report.said, report.hopeless) == (Stage.ROUTE, None, False)
    assert report.fault == "mx.example.org is not dialed: 8.8.4.4 is an address of this gateway"


async def test_a_fixed_next_hop_takes_all_mail_without_a_question() -> None:
    zone = Zone({})
    async with (
        NextHop() as hop,
        courier(25, resolver=zone, book=relay("127.0.0.1", hop), allowed_networks=()) as made,
    ):
        for destination in ("example.org", "example.net"):
            parcel = replace(PARCEL, rcpt_to=f"bob@{destination}", destination=destination)
            assert (await made.carry(parcel, before_data=nothing)).stage is Stage.DOT
    assert zone.asked == []
    assert hop.sessions == 1


async def test_a_fixed_next_hop_may_be_a_name() -> None:
    zone = {("relay.internal", "A"): Found(("127.0.0.1",))}
    async with NextHop() as hop:
        report = await carry(25, zone, book=relay("relay.internal", hop))
    assert (report.stage, report.host) == (Stage.DOT, "relay.internal")


@pytest.mark.parametrize("greeting", ["421 4.3.2 full", "554 5.7.1 not you", DROP, HANG, "hello"])
async def test_the_next_host_is_tried_when_the_first_does_not_greet(greeting: str) -> None:
    async with (
        NextHop({"CONNECT": greeting}) as first,
        NextHop(address="127.0.0.2", port=first.port) as second,
    ):
        report = await carry(first.port, TWO_HOSTS, timeouts=Timeouts(greeting=0.1))
    assert (report.stage, report.host, report.address) == (Stage.DOT, "two.example.org", "127.0.0.2")
    assert len(second.messages) == 1
    assert any("one.example.org" in line for line in report.transcript)


@pytest.mark.rule("O4")
async def test_the_next_address_is_tried_when_the_first_does_not_connect() -> None:
    zone = {**ONE_HOST, ("one.example.org", "A"): Found(("127.0.0.3", "127.0.0.1"))}
    async with NextHop() as hop:
        report = await carry(hop.port, zone)
    assert report.address == "127.0.0.1"
    assert any("no connection to one.example.org [127.0.0.3]" in line for line in report.transcript)


async def test_a_host_that_spoke_once_is_not_passed_over() -> None:
    async with (
        NextHop({"RCPT": "450 4.7.1 greylisted"}) as first,
        NextHop(address="127.0.0.2", port=first.port) as second,
    ):
        report = await carry(first.port, TWO_HOSTS)
    assert (report.stage, report.host) == (Stage.RCPT, "one.example.org")
    assert second.sessions == 0


WIDE = replace(PARCEL, rcpt_to="bücher@example.org")
SPEAKS_UTF8 = {"EHLO": "250-two.example\r\n250-8BITMIME\r\n250 SMTPUTF8"}


@pytest.mark.rule("I9")
async def test_a_host_without_smtputf8_is_passed_over_for_one_that_has_it() -> None:
    before_data: list[str] = []

    async def note() -> None:
        before_data.append("asked")

    zone = {**TWO_HOSTS, ("one.example.org", "A"): Found(("127.0.0.1", "127.0.0.3"))}
    async with (
        NextHop() as first,
        NextHop(SPEAKS_UTF8, address="127.0.0.2", port=first.port) as second,
        NextHop(address="127.0.0.3", port=first.port) as same_host,
        courier(first.port, zone) as made,
    ):
        reports = [await made.carry(WIDE, before_data=note) for _ in range(2)]
        assert [(each.stage, each.host) for each in reports] == [(Stage.DOT, "two.example.org")] * 2
        # Plain mail still goes to the host that comes first.
        plain = await made.carry(PARCEL, before_data=note)
    assert len(second.messages) + len(first.messages) == 3
    assert plain.stage is Stage.DOT
    assert same_host.sessions == 0
    assert not any("bücher" in command for command in first.commands)
    assert "553 5.6.7 one.example.org does not take addresses or headers in UTF-8" in "\n".join(
        reports[0].transcript
    )
    assert len(before_data) == 3


@pytest.mark.rule("I9")
async def test_mail_that_no_host_can_take_as_it_is_fails_for_good() -> None:
    async with NextHop() as first, NextHop(address="127.0.0.2", port=first.port):
        report = await carry(first.port, TWO_HOSTS, parcel=WIDE)
    assert report.said is not None
    assert (report.said.enhanced, report.hopeless) == ("5.6.7", True)


@pytest.mark.rule("I9")
async def test_mail_waits_for_a_host_that_is_down_and_may_take_what_the_others_cannot() -> None:
    async with NextHop() as first:  # and nobody at the second
        report = await carry(first.port, TWO_HOSTS, parcel=WIDE)
    assert (report.stage, report.hopeless) == (Stage.CONNECT, False)


async def test_a_host_that_takes_only_small_mail_is_passed_over_for_one_that_takes_more() -> None:
    small = {"EHLO": "250-one.example\r\n250 SIZE 10"}
    async with NextHop(small) as first, NextHop(address="127.0.0.2", port=first.port) as second:
        report = await carry(first.port, TWO_HOSTS)
    assert (report.stage, report.host) == (Stage.DOT, "two.example.org")
    assert len(second.messages) == 1


async def test_nobody_at_the_port_is_a_fault_of_the_connection() -> None:
    async with NextHop() as hop:
        pass
    report = await carry(hop.port)
    assert (report.stage, report.said, report.hopeless) == (Stage.CONNECT, None, False)
    assert "refused" in report.fault


async def test_a_shortage_of_our_own_is_a_fault_that_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*_: object) -> socket.socket:
        raise OSError(errno.EMFILE, "Too many open files")

    async with NextHop() as hop, courier(hop.port) as made:
        with monkeypatch.context() as patch:
            patch.setattr(socket, "socket", none_left)
            report = await made.carry(PARCEL, before_data=nothing)
        assert (report.stage, report.hopeless) == (Stage.CONNECT, False)
        assert "Too many open files" in report.fault
        assert (await made.carry(PARCEL, before_data=nothing)).stage is Stage.DOT


async def test_a_final_word_of_one_host_is_not_final_while_another_is_only_full() -> None:
    full, closed = {"CONNECT": "421 4.3.2 full"}, {"CONNECT": "554 5.7.1 not you"}
    async with NextHop(full) as first, NextHop(closed, address="127.0.0.2", port=first.port):
        report = await carry(first.port, TWO_HOSTS)
    assert report.said == Reply(421, "4.3.2", "full")
    async with NextHop(closed) as first, NextHop(closed, address="127.0.0.2", port=first.port):
        report = await carry(first.port, TWO_HOSTS)
    assert report.said == Reply(554, "5.7.1", "not you")


OFFERS_TLS = "250-next.example\r\n250-SIZE\r\n250 STARTTLS"


@pytest.mark.rule("O7")
async def test_tls_is_used_though_nobody_vouches_for_the_certificate(tmp_path: Path) -> None:
    hop = NextHop({"EHLO": OFFERS_TLS}, tls=self_signed(tmp_path))
    async with hop:
        report = await carry(hop.port)
    assert report.stage is Stage.DOT
    assert report.tls.startswith("TLSv1.3 ")
    assert hop.encrypted == 1
    assert [command.partition(" ")[0] for command in hop.commands] == [
        *("EHLO", "STARTTLS"),
        *("EHLO", "MAIL", "RCPT", "DATA", "QUIT"),
    ]


async def test_a_large_message_goes_through_tls_whole(tmp_path: Path) -> None:
    hop = NextHop({"EHLO": OFFERS_TLS}, tls=self_signed(tmp_path))
    raw = b"Subject: hi\r\n\r\n" + b"words and more words\r\n" * 50_000
    async with hop:
        report = await carry(hop.port, parcel=replace(PARCEL, raw=raw))
    assert report.stage is Stage.DOT
    assert hop.messages == [raw]


@pytest.mark.parametrize(
    "answer",
    ["454 4.7.0 not now", "502 5.5.1 what", DROP, "220 but no handshake", "250 ok", "99 ok", "hello"],
)
@pytest.mark.rule("O7")
async def test_the_message_goes_in_plain_text_when_tls_fails(answer: str) -> None:
    hop = NextHop({"EHLO": OFFERS_TLS, "STARTTLS": answer})
    async with hop:
        report = await carry(hop.port, timeouts=Timeouts(tls=0.1))
    assert (report.stage, report.tls) == (Stage.DOT, "")
    assert hop.sessions == 2
    assert "* trying again without TLS" in report.transcript


@pytest.mark.rule("O7")
async def test_old_tls_is_not_spoken(tmp_path: Path) -> None:
    old = self_signed(tmp_path)
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = ssl.TLSVersion.TLSv1_1
    hop = NextHop({"EHLO": OFFERS_TLS}, tls=old)
    async with hop:
        report = await carry(hop.port)
    assert (report.stage, report.tls) == (Stage.DOT, "")


async def test_messages_to_one_destination_share_a_session() -> None:
    async with NextHop() as hop, courier(hop.port) as made:
        reports = [await made.carry(PARCEL, before_data=nothing) for _ in range(3)]
    assert hop.sessions == 1
    assert "RSET" not in hop.commands
    assert all(report.stage is Stage.DOT and report.host == "one.example.org" for report in reports)
    assert reports[1].transcript[0].startswith("* using the open connection to one.example.org [127.0.0.1]")


async def test_a_refused_recipient_is_forgotten_before_the_next_message() -> None:
    hop = NextHop({"RCPT": ["550 5.1.1 no", "250 2.1.5 ok"]})
    async with hop, courier(hop.port) as made:
        assert (await made.carry(PARCEL, before_data=nothing)).stage is Stage.RCPT
        assert (await made.carry(PARCEL, before_data=nothing)).stage is Stage.DOT
    assert hop.sessions == 1
    assert hop.commands.count("RSET") == 1


async def test_messages_at_the_same_time_use_sessions_of_their_own() -> None:
    async with NextHop() as hop, courier(hop.port) as made:
        await asyncio.gather(*(made.carry(PARCEL, before_data=nothing) for _ in range(4)))
        await asyncio.gather(*(made.carry(PARCEL, before_data=nothing) for _ in range(4)))
    assert hop.sessions == 4
    assert len(hop.messages) == 8


@pytest.mark.parametrize("answer", [DROP, "421 4.4.2 idle too long", "hello"])
async def test_a_session_that_died_while_it_waited_costs_nothing(answer: str) -> None:
    hop = NextHop({"MAIL": ["250 ok", answer, "250 ok"]})
    async with hop, courier(hop.port) as made:
        await made.carry(PARCEL, before_data=nothing)
        report = await made.carry(PARCEL, before_data=nothing)
    assert report.stage is Stage.DOT
    assert hop.sessions == 2
    assert len(hop.messages) == 2


async def test_a_session_that_the_peer_closed_is_not_used() -> None:
    hop = NextHop({".": ["250 ok", "250 ok"], "RSET": DROP, "RCPT": ["550 5.1.1 no", "250 ok"]})
    async with hop, courier(hop.port) as made:
        await made.carry(PARCEL, before_data=nothing)
        assert (await made.carry(PARCEL, before_data=nothing)).stage is Stage.DOT
    assert hop.sessions == 2


async def test_a_refused_reset_is_not_held_against_the_message() -> None:
    hop = NextHop({"RSET": "550 5.5.1 what", "RCPT": ["550 5.1.1 no", "250 ok"]})
    async with hop, courier(hop.port) as made:
        await made.carry(PARCEL, before_data=nothing)
        assert (await made.carry(PARCEL, before_data=nothing)).stage is Stage.DOT


async def test_a_refusal_of_mail_on_an_open_session_is_the_peers_word() -> None:
    hop = NextHop({"MAIL": ["250 ok", "550 5.7.1 enough"]})
    async with hop, courier(hop.port) as made:
        await made.carry(PARCEL, before_data=nothing)
        report = await made.carry(PARCEL, before_data=nothing)
    assert (report.stage, report.said) == (Stage.MAIL, Reply(550, "5.7.1", "enough"))
    assert hop.sessions == 1


async def test_a_session_ends_after_a_hundred_messages() -> None:
    async with NextHop() as hop, courier(hop.port) as made:
        for _ in range(101):
            await made.carry(PARCEL, before_data=nothing)
    assert hop.sessions == 2


async def test_an_idle_session_takes_its_leave() -> None:
    async with NextHop() as hop, courier(hop.port, timeouts=Timeouts(idle=0)) as made:
        await made.carry(PARCEL, before_data=nothing)
        await hop.left.wait()
    assert hop.commands[-1] == "QUIT"
