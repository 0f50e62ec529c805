"""Mail to an address beyond ASCII, by way of a real Postfix that takes it, and one that does not."""

import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import dkim
import pytest

from loftbox_cli.core.compose import compose, stamp
from loftbox_cli.core.delivery import Outcome, judge, words_of
from loftbox_cli.core.dkim_key import Algorithm
from loftbox_cli.core.dns import Found
from loftbox_cli.core.draft import Draft
from loftbox_cli.core.parcel import Parcel
from loftbox_cli.core.reading import Party
from loftbox_cli.core.report import Report, Stage
from loftbox_cli.core.response_class import classify
from loftbox_cli.core.response_meaning import meaning
from loftbox_cli.core.response_rules import ResponseClass
from loftbox_cli.edge.courier import SmtpCourier
from loftbox_cli.edge.mail_auth import DkimSigner
from loftbox_cli.edge.mail_read.parse import read
from loftbox_cli.edge.system.clock import SystemClock
from tests.edge.next_hop import Book, Zone
from tests.peers.dkim_verify import mail_dkim_verdicts
from tests.peers.hand import Hand
from tests.peers.postfix import HOSTNAME, running_postfix
from tests.peers.programs import wanted_postfix

pytestmark = pytest.mark.peer

OURS = "loftbox.test"
THEIRS = "xn--r8jz45g.test"
READER = Party(f"用户@{THEIRS}", "用户")
ZONE = {(THEIRS, "MX"): Found((f"10 {HOSTNAME}",)), (HOSTNAME, "A"): Found(("127.0.0.1",))}


class Carriage:
    """One courier on its way to one Postfix."""

    def __init__(self, port: int) -> None:
        self.handovers = 0
        self.courier = SmtpCourier(
            resolver=Zone(ZONE),
            book=Book(),
            hostname="out.loftbox.test",
            draw=lambda: 0.5,
            now=SystemClock().now,
            port=port,
            allowed_networks=("127.0.0.0/8",),
        )

    async def carry(self, raw: bytes, rcpt_to: str) -> Report:
        parcel = Parcel(f"bounce@{OURS}", rcpt_to, THEIRS, raw)
        return await self.courier.carry(parcel, before_data=self._before_data)

    async def _before_data(self) -> None:
        self.handovers += 1


@contextlib.asynccontextmanager
async def way_to_postfix(hand: Hand, smtputf8: str) -> AsyncIterator[Carriage]:
    programs = wanted_postfix()
    # Not under tmp_path, which other users may not enter.
    with tempfile.TemporaryDirectory(prefix="loftbox-postfix-", ignore_cleanup_errors=True) as made:
        settings = {"smtputf8_enable": smtputf8}
        with running_postfix(programs, Path(made), routes={THEIRS: hand.route}, settings=settings) as server:
            carriage = Carriage(server.port)
            try:
                yield carriage
            finally:
                await carriage.courier.close()


def written(*to: Party, bcc: tuple[Party, ...] = ()) -> bytes:
    draft = Draft(to=to, bcc=bcc, subject="你好", text="你好\n")
    raw = compose(draft, from_=Party(f"agent@{OURS}", "Agent"), message_id=f"<one@{OURS}>")
    return stamp(raw, date=SystemClock().now(), auto_submitted="auto-generated")


@pytest.mark.rule("I9")
async def test_postfix_takes_mail_to_an_address_beyond_ascii_and_strangers_verify_it(hand: Hand) -> None:
    signer = DkimSigner()
    keys = [signer.new_key(Algorithm.RSA, "rsa"), signer.new_key(Algorithm.ED25519, "ed")]
    zone = {f"{key.selector}._domainkey.{OURS}": key.record for key in keys}
    signed = signer.sign(written(READER), domain=OURS, keys=keys, at=SystemClock().now())
    async with way_to_postfix(hand, "yes") as carriage:
        report = await carriage.carry(signed, READER.address)
        assert (report.stage, judge(report)) == (Stage.DOT, Outcome.DELIVERED), report
        kept = await hand.message()
    assert kept.endswith(signed)
    assert read(kept).to == (READER,)
    txt = {f"{name}.".encode(): record.encode() for name, record in zone.items()}
    both = dkim.DKIM(kept)
    assert [both.verify(place, dnsfunc=lambda name, **_: txt.get(name)) for place in (0, 1)] == [True] * 2
    assert f"{OURS} rsa pass" in mail_dkim_verdicts(kept, zone)


@pytest.mark.rule("I9")
async def test_a_postfix_without_smtputf8_is_told_of_nothing_and_the_sender_learns_what_to_do(
    hand: Hand,
) -> None:
    async with way_to_postfix(hand, "no") as carriage:
        report = await carriage.carry(written(READER), READER.address)
        assert carriage.handovers == 0
        # Who has an ASCII address still gets a message that names the other nowhere.
        other = f"reader@{THEIRS}"
        alone = await carriage.carry(written(Party(other), bcc=(READER,)), other)
        assert judge(alone) is Outcome.DELIVERED
        assert read(await hand.message()).to == (Party(other),)
    assert (report.stage, judge(report), report.hopeless) == (Stage.MAIL, Outcome.FAILED, True)
    assert report.said is not None
    assert (report.said.code, report.said.enhanced) == (553, "5.6.7")
    response = classify(report.said.code, report.said.enhanced, report.said.text)
    assert response.kind is ResponseClass.PROTOCOL
    assert not response.says_gone
    assert "SMTPUTF8" in meaning(response.kind, words_of(report)).means
