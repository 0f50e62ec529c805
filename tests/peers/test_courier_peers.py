"""The courier hands our signed mail to a real Postfix, and strangers verify the signature on what it kept."""

from collections.abc import AsyncIterator
from dataclasses import replace
from email import message_from_bytes

import dkim
import pytest

from loftbox_cli.core.compose import compose, stamp
from loftbox_cli.core.dkim_key import Algorithm, DkimKey
from loftbox_cli.core.dns import DnsAnswer, Found, NoSuchName
from loftbox_cli.core.draft import Draft, File
from loftbox_cli.core.parcel import Parcel
from loftbox_cli.core.reading import Party
from loftbox_cli.core.report import Stage
from loftbox_cli.edge.courier import SmtpCourier
from loftbox_cli.edge.mail_auth import DkimSigner
from loftbox_cli.edge.system.clock import SystemClock
from tests.edge.next_hop import Book
from tests.peers.conftest import StartPostfix
from tests.peers.dkim_verify import mail_dkim_verdicts, opendkim_verdicts
from tests.peers.hand import Hand
from tests.peers.postfix import Postfix

pytestmark = pytest.mark.peer

DOMAIN = "loftbox.test"
RECIPIENT = "reader@postfix.test"

# What relays and canonicalisations differ about: dots, tabs, trailing space, empty lines at the end.
RAW = (
    b"From: Agent <agent@loftbox.test>\r\n"
    b"To: Reader <reader@postfix.test>\r\n"
    b"Subject: a   subject\r\n"
    b"\twith a fold\r\n"
    b"Date: Sun, 22 Nov 2026 12:00:00 +0000\r\n"
    b"Message-ID: <one@loftbox.test>\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n"
    b"\r\n"
    b".\r\n"
    b"..two \t \r\n"
    b"gr=C3=BC=C3=9Fe\tand  spaces\r\n"
    b"\r\n"
    b"\r\n"
)


# What an agent may write, and a relay or a canonicalisation could change.
ODD = (
    Draft(text="no subject"),
    Draft(subject="blank", text=" \t \n\n.", html=" "),
    Draft(subject="dots", text=".\n..\n.\r\nFrom here\n.."),
    Draft(subject="  two  spaces ", text="trailing \t\n\n tabs\tand  spaces\n\n\n\n"),
    Draft(subject="long", text="x" * 20_000 + "\n" + "ü" * 2_000),
    Draft(subject="Grüße 🎉 " + "ü" * 200, text="Grüße\r\rund\n\x0cmehr"),
    Draft(text="one", html="<p>two \n</p>\n\n", headers=(("X-Odd", "a  b\u00fc " * 40),)),
    Draft(
        subject="files",
        text="three",
        html="<p>four</p>",
        attachments=(
            File("leer.bin", "application/octet-stream", b""),
            File("r\u00e9sum\u00e9 \U0001f389.bin", "application/octet-stream", bytes(range(256)) * 100),
            File("dots.txt", "text/plain", b"\n.\n.\r\n" * 50),
        ),
    ),
)


class Zone:
    """A resolver that knows where postfix.test takes its mail."""

    async def ask(self, name: str, kind: str) -> DnsAnswer:
        match name, kind:
            case "postfix.test", "MX":
                return Found(("10 mx.postfix.test",))
            case "mx.postfix.test", "A":
                return Found(("127.0.0.1",))
        return NoSuchName(name)


class Carriage:
    """One courier on its way to one Postfix."""

    def __init__(self, peer: Postfix) -> None:
        self.peer = peer
        self.handovers = 0
        self.courier = SmtpCourier(
            resolver=Zone(),
            book=Book(),
            now=SystemClock().now,
            hostname="out.loftbox.test",
            draw=lambda: 0.5,
            port=peer.port,
            allowed_networks=("127.0.0.0/8",),
        )

    async def before_data(self) -> None:
        self.handovers += 1


@pytest.fixture
async def carriage(postfix: StartPostfix, hand: Hand) -> AsyncIterator[Carriage]:
    carriage = Carriage(postfix({"postfix.test": hand.route}))
    yield carriage
    await carriage.courier.close()


def parcel(raw: bytes, rcpt_to: str = RECIPIENT) -> Parcel:
    return Parcel(f"bounce@{DOMAIN}", rcpt_to, rcpt_to.rpartition("@")[2], raw)


def published(*keys: DkimKey) -> dict[str, str]:
    return {f"{key.selector}._domainkey.{DOMAIN}": key.record for key in keys}


async def test_postfix_takes_our_mail_over_tls_and_its_words_are_reported(
    carriage: Carriage, hand: Hand
) -> None:
    report = await carriage.courier.carry(parcel(RAW), before_data=carriage.before_data)
    assert report.stage is Stage.DOT
    assert report.said is not None
    assert (report.said.code, report.said.enhanced) == (250, "2.0.0")
    assert "queued as" in report.said.text
    assert (report.host, report.address) == ("mx.postfix.test", "127.0.0.1")
    assert report.tls.startswith("TLSv1.3")
    assert carriage.handovers == 1
    kept = await hand.message()
    assert kept.endswith(RAW)
    assert kept.startswith(b"Received: from out.loftbox.test ")


async def test_strangers_verify_both_signatures_on_what_postfix_kept(carriage: Carriage, hand: Hand) -> None:
    signer = DkimSigner()
    rsa = signer.new_key(Algorithm.RSA, "rsa")
    ed25519 = signer.new_key(Algorithm.ED25519, "ed")
    zone = published(rsa, ed25519)
    signed = signer.sign(RAW, domain=DOMAIN, keys=[rsa, ed25519], at=SystemClock().now())
    await carriage.courier.carry(parcel(signed), before_data=carriage.before_data)
    kept = await hand.message()

    assert f"{DOMAIN} rsa pass" in mail_dkim_verdicts(kept, zone)
    assert opendkim_verdicts(kept, zone) == [f"{DOMAIN} rsa pass", f"{DOMAIN} ed pass"]
    both = dkim.DKIM(kept)
    txt = {f"{name}.".encode(): record.encode() for name, record in zone.items()}
    assert [both.verify(number, dnsfunc=lambda name, **_: txt.get(name)) for number in (0, 1)] == [True, True]
    assert len(message_from_bytes(kept).get_all("DKIM-Signature", [])) == 2


async def test_every_odd_mail_that_we_compose_reaches_its_reader_through_postfix_as_it_was_signed(
    carriage: Carriage, hand: Hand
) -> None:
    signer = DkimSigner()
    keys = [signer.new_key(Algorithm.RSA, "rsa"), signer.new_key(Algorithm.ED25519, "ed")]
    txt = {f"{name}.".encode(): record.encode() for name, record in published(*keys).items()}
    for number, odd in enumerate(ODD):
        composed = compose(
            replace(odd, to=(Party(RECIPIENT, "Jörg, der Leser"),)),
            from_=Party(f"agent@{DOMAIN}", "Agent"),
            message_id=f"<{number}@{DOMAIN}>",
        )
        stamped = stamp(composed, date=SystemClock().now(), auto_submitted="auto-generated")
        signed = signer.sign(stamped, domain=DOMAIN, keys=keys, at=SystemClock().now())
        report = await carriage.courier.carry(parcel(signed), before_data=carriage.before_data)
        assert report.said is not None
        assert report.said.code == 250
        kept = await hand.message()
        assert kept.endswith(signed)
        both = dkim.DKIM(kept)
        assert [both.verify(place, dnsfunc=lambda name, **_: txt.get(name)) for place in (0, 1)] == [True] * 2
        assert f"{DOMAIN} rsa pass" in mail_dkim_verdicts(kept, published(*keys))
        assert opendkim_verdicts(kept, published(*keys)) == [f"{DOMAIN} rsa pass", f"{DOMAIN} ed pass"]


async def test_a_stranger_sees_that_a_signed_mail_was_changed_on_its_way(
    carriage: Carriage, hand: Hand
) -> None:
    signer = DkimSigner()
    key = signer.new_key(Algorithm.RSA, "rsa")
    signed = signer.sign(RAW, domain=DOMAIN, keys=[key], at=SystemClock().now())
    await carriage.courier.carry(parcel(signed), before_data=carriage.before_data)
    kept = await hand.message()

    second_subject = b"Subject: another\r\n" + kept
    for verdicts in (mail_dkim_verdicts, opendkim_verdicts):
        assert verdicts(kept, published(key)) == [f"{DOMAIN} rsa pass"]
        assert verdicts(second_subject, published(key)) != [f"{DOMAIN} rsa pass"]
        assert verdicts(kept.replace(b"two", b"ten"), published(key)) != [f"{DOMAIN} rsa pass"]


async def test_postfix_refuses_to_relay_and_says_so_before_anything_is_handed_over(
    carriage: Carriage,
) -> None:
    stranger = Parcel(f"bounce@{DOMAIN}", "nobody@elsewhere.test", "postfix.test", RAW)
    report = await carriage.courier.carry(stranger, before_data=carriage.before_data)
    assert report.said is not None
    assert (report.stage, report.said.code) == (Stage.RCPT, 554)
    assert carriage.handovers == 0


async def test_twenty_mails_go_to_postfix_in_one_session(carriage: Carriage, hand: Hand) -> None:
    for number in range(20):
        raw = RAW.replace(b"<one@", b"<%d@" % number)
        report = await carriage.courier.carry(parcel(raw), before_data=carriage.before_data)
        assert report.said is not None
        assert report.said.code == 250
    kept = [message_from_bytes(await hand.message())["Message-ID"] for _ in range(20)]
    assert sorted(kept) == sorted(f"<{number}@loftbox.test>" for number in range(20))
    assert carriage.peer.log.count(": connect from ") == 1
