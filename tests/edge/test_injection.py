"""Whatever a caller writes, on whichever way it is sent: it is refused, or the wire shows what was meant."""

import email
import email.policy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loftbox_cli.core.compose import stamp
from loftbox_cli.core.dns import Found
from loftbox_cli.core.mailbox import Mailbox, Oversight
from loftbox_cli.core.parcel import Parcel
from loftbox_cli.edge.courier import SmtpCourier
from loftbox_cli.services import schedule
from tests.edge.api_kit import Client, Gate, opened_gate
from tests.edge.next_hop import Book, NextHop, Zone, clock
from tests.services.house import letter

EVIL = "evil@peer.test"
BREAKS = ["\r\n", "\n", "\r", "\0", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\r\n "]
PAYLOADS = [
    *(f"a{each}Bcc: {EVIL}" for each in BREAKS),
    "a\n",
    f"=?UTF-8?Q?a=0D=0ABcc:_{EVIL}?=",
    "=?utf-8?b?DQpCY2M6IGV2aWxAcGVlci50ZXN0?=",
    f"\U0001f4a9 subject=?UTF-8?Q?=0A?=Bcc: {EVIL}",
    "=?utf-8?q?=3D=3Futf-8=3Fq=3F=3D0A=3F=3D?=",
    "=?utf-8?q?=E2=80=A8?=",
]
FIELDS: dict[str, Any] = {
    "subject": lambda text: {"subject": text},
    "to[0]": lambda text: {"to": [f'"{text}" <jane@peer.test>']},
    "to[1]": lambda text: {"to": ["jane@peer.test", f"{text}@peer.test"]},
    "cc[0]": lambda text: {"cc": [f"joe@peer.test{text}"]},
    "bcc[0]": lambda text: {"bcc": [f"{text} <joe@peer.test>"]},
    "headers.X-Note": lambda text: {"headers": {"X-Note": text}},
    "headers": lambda text: {"headers": {f"X-{text}": "note"}},
    "attachments[0].filename": lambda text: {"attachments": [{"filename": text, "content": ""}]},
    "attachments[0].content_type": lambda text: {
        "attachments": [{"filename": "a", "content_type": text, "content": ""}]
    },
    "attachments[0].content_id": lambda text: {
        "html": "cid:logo",
        "attachments": [{"filename": "a", "content": "", "content_id": text}],
    },
    "labels[0]": lambda text: {"labels": [text]},
}
OURS = [
    *("From", "Sender", "Reply-To", "Return-Path", "Received", "To", "Cc", "Bcc", "Subject", "Date"),
    *("Message-ID", "In-Reply-To", "References", "DKIM-Signature", "ARC-Seal", "ARC-Message-Signature"),
    *("Authentication-Results", "Auto-Submitted", "X-Auto-Response-Suppress", "Content-Type", "MIME-Version"),
    *("List-Unsubscribe", "Precedence", "X-LoftBox-Loop", "x-loftbox-anything", "Resent-To", "Errors-To"),
]
SMUGGLED = [
    f"a{end}.{end}MAIL FROM:<{EVIL}>\r\nRCPT TO:<{EVIL}>\r\nDATA\r\nSubject: evil{end}{end}b{end}.{end}"
    for end in ("\r\n", "\n", "\r", "\r\n\r", "\n\r\n")
]
WAYS = ["send", "schedule", "reply", "reply_all", "forward", "edit"]


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with opened_gate(tmp_path) as opened:
        yield opened


class Way:
    """One way to send, with what a caller may write on it."""

    def __init__(self, gate: Gate, name: str) -> None:
        self.gate = gate
        self.name = name
        oversight = Oversight.GATED_ALL if name == "edit" else Oversight.AUTONOMOUS
        self.mailbox: Mailbox = gate.house.mailbox(oversight=oversight)
        self.agent: Client = gate.agent(self.mailbox.agent_id or "")
        self.path, self.body = self.begin()

    def begin(self) -> tuple[str, dict[str, Any]]:
        """Where to write, and the least that is written there."""
        house = self.gate.house
        body: dict[str, Any] = {"to": ["jane@peer.test"], "text": "Hi."}
        if self.name in ("reply", "reply_all", "forward"):
            (parent,) = house.receive(self.mailbox.address, reading=letter())
            return f"/v1/messages/{parent.id}/{self.name}", body
        if self.name == "edit":
            held = house.send(self.mailbox)
            assert held.approval is not None
            return f"/v1/approvals/{held.approval.id}/edit", {"revision": 1, "text": "Hi."}
        later = {"scheduled_at": "2026-11-21T12:00:00Z"} if self.name == "schedule" else {}
        return "/v1/messages", {"mailbox": self.mailbox.address, **body, **later}

    async def write(self, **changes: Any) -> Any:
        client = self.gate.operator() if self.name == "edit" else self.agent
        return await client.post(self.path, self.body | changes)

    def takes(self, changes: dict[str, Any]) -> bool:
        """An edit changes what an approver may change, and has no fields for the rest."""
        return self.name != "edit" or changes.keys() <= {"to", "cc", "bcc", "subject", "text", "html"}

    async def wire(self) -> tuple[list[str], list[bytes]]:
        """Let all that was sent go, and answer what the next hop was told."""
        house = self.gate.house
        house.clock.advance(hours=3)
        house.do(schedule.let_go, now=house.now)
        names = {
            ("peer.test", "MX"): Found(("10 mx.peer.test",)),
            ("mx.peer.test", "A"): Found(("127.0.0.1",)),
        }
        async with NextHop() as hop:
            courier = SmtpCourier(
                resolver=Zone(names),
                book=Book(),
                now=clock,
                hostname="gateway.example.com",
                draw=lambda: 0.5,
                port=hop.port,
                allowed_networks=("127.0.0.0/8",),
            )
            for delivery in house.claim(100, each=100):
                load = house.load(delivery)
                raw = stamp(load.raw, date=house.now, auto_submitted=load.message.auto_submitted)
                parcel = Parcel(load.message.mail_from, delivery.recipient, delivery.destination, raw)
                await courier.carry(parcel, before_data=_nothing)
            await courier.close()
        return hop.commands, hop.messages


async def _nothing() -> None: ...


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, gate: Gate) -> Way:
    return Way(gate, request.param)


@pytest.mark.rule("D1")
async def test_what_could_end_a_line_is_refused_by_its_field_on_every_way(way: Way) -> None:
    before = way.gate.house.told()
    for field, changed in FIELDS.items():
        for text in PAYLOADS:
            changes = changed(text)
            if not way.takes(changes):
                continue
            answer = await way.write(**changes)
            assert (answer.status_code, answer.json()["field"]) == (422, field), (field, text)
    assert way.gate.house.told() == before
    commands, messages = await way.wire()
    assert (commands, messages) == ([], [])


@pytest.mark.rule("D2")
async def test_a_field_that_is_ours_is_set_by_nobody_else_on_any_way(way: Way) -> None:
    if way.name == "edit":
        assert (await way.write(headers={"X-Note": "a"})).status_code == 422
        return
    for name in OURS:
        answer = await way.write(headers={name: "a@peer.test"})
        assert (answer.status_code, answer.json()["field"]) == (422, f"headers.{name}"), name
    for member in ("from", "from_", "sender", "mail_from", "rcpt_to", "reply_to", "raw"):
        assert (await way.write(**{member: "a@peer.test"})).status_code == 422, member


@pytest.mark.rule("A2")
async def test_a_text_that_speaks_smtp_stays_a_text(way: Way) -> None:
    sent = 0
    for text in SMUGGLED:
        for changes in ({"text": text}, {"text": "", "html": text}):
            if way.name == "edit" and sent:
                break
            if way.name != "edit":  # what nobody answers would be held before long
                way.path, way.body = way.begin()
            answer = await way.write(**changes, bcc=["hidden@peer.test"])
            assert answer.status_code < 300, answer.text
            sent += 1
    if way.name == "edit":
        house = way.gate.house
        pending = house.see(lambda tx: tx.approvals.all())[0]
        approval = await way.gate.operator().post(
            f"/v1/approvals/{pending.id}/approve", {"revision": pending.revision}
        )
        assert approval.status_code == 200, approval.text
    commands, messages = await way.wire()
    recipients = {"<jane@peer.test>", "<hidden@peer.test>"}
    said = [each.partition(":")[2].split(" ")[0] for each in commands if each.startswith("RCPT")]
    assert (set(said), len(messages)) == (recipients, len(said))
    assert len(said) == 2 * sent
    assert not any(each.startswith("MAIL") and EVIL in each for each in commands)
    for raw in messages:
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        assert not {"bcc", "return-path", "received"} & {name.lower() for name in mail}
        assert [len(mail.get_all(name, [])) for name in ("From", "To", "Date", "Message-ID")] == [1, 1, 1, 1]
        assert raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n")
        assert max(map(len, raw.split(b"\r\n"))) <= 998
        assert b"hidden@peer.test" not in raw
