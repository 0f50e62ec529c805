"""What comes back by SMTP to a served gateway: a bounce, a complaint, a delay, an absence."""

from dataclasses import dataclass
from email.message import EmailMessage

import httpx2

from tests.serve.conftest import OpenGateway
from tests.serve.gateway import Gateway, api
from tests.serve.hop import Copy, Hop
from tests.serve.prepared import DOMAIN, FREE, Keys
from tests.serve.smtp_client import connected

JANE = "jane@peer.test"
REFUSED = "550 5.1.1 <jane@peer.test>: Recipient address rejected: User unknown"


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the next hop took, and the copy that it has."""

    message_id: str
    copy: Copy


async def sent_to_jane(gateway: Gateway, agent: httpx2.AsyncClient, hop: Hop) -> Sent:
    answer = await agent.post("/v1/messages", json=_draft())
    await gateway.daemon.said("attempt ended", message_id=answer.json()["id"])
    return Sent(answer.json()["id"], hop.copies[-1])


def _draft() -> dict[str, object]:
    return {"mailbox": FREE, "to": [JANE], "subject": "Your order", "text": "It left today."}


def report(kind: str, fields: str, content: bytes) -> bytes:
    """A multipart/report (RFC 6522) with these fields, and the mail that it is about."""
    return (
        b"From: Mail Delivery System <MAILER-DAEMON@peer.test>\r\nSubject: About your mail\r\n"
        b'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=%b; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nThis is about a mail of yours.\r\n"
        b"--b\r\nContent-Type: message/%b\r\n\r\n%b\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\n%b\r\n--b--\r\n"
        % (kind.encode(), kind.encode(), fields.replace("\n", "\r\n").encode(), content)
    )


def status(action: str, code: str, words: str, content: bytes) -> bytes:
    """A delivery status notification (RFC 3464) about Jane."""
    return report(
        "delivery-status",
        "Reporting-MTA: dns; mail.peer.test\n\n"
        f"Final-Recipient: rfc822; {JANE}\nAction: {action}\nStatus: {code}\n"
        f"Diagnostic-Code: smtp; {words}\n",
        content,
    )


async def arrives(gateway: Gateway, mail_from: str, rcpt_to: str, raw: bytes) -> None:
    async with connected(gateway.smtp) as peer:
        mail = f"To: {rcpt_to}\r\n".encode() + raw
        taken, _, request_id = (await peer.message(mail_from, rcpt_to, mail)).rpartition(" ")
    assert taken == "250 2.0.0 accepted as"
    await gateway.daemon.said("mail filed", request_id=request_id)


async def events_of(agent: httpx2.AsyncClient, message_id: str) -> list[str]:
    told = await agent.get("/v1/events", params={"message_id": message_id, "order": "asc"})
    return [each["type"] for each in told.json()["data"]]


async def test_a_bounce_ends_its_delivery_and_nothing_more_goes_to_that_recipient(
    open_gateway: OpenGateway, keys: Keys
) -> None:
    async with Hop() as hop:
        gateway = open_gateway(delivery={"next_hop": hop.address})
        await gateway.start()
        async with api(gateway, keys.agent) as agent:
            sent = await sent_to_jane(gateway, agent, hop)
            bounce = status("failed", "5.1.1", REFUSED, sent.copy.raw)
            await arrives(gateway, "", sent.copy.mail_from, bounce)
            after = (await agent.get(f"/v1/messages/{sent.message_id}")).json()
            told = await events_of(agent, sent.message_id)
            again = (await agent.post("/v1/messages", json=_draft())).json()
            again = (await agent.get(f"/v1/messages/{again['id']}")).json()
        listed = await gateway.run("suppression", "list", "--json")
        typed = await gateway.run(
            *("send", "--mailbox", FREE, "--to", JANE, "--subject", "Your order", "--text", "It left today.")
        )
    (delivery,) = after["deliveries"]
    assert (after["state"], delivery["state"], delivery["last_words"]) == ("failed", "bounced", REFUSED)
    assert told[-2:] == ["message.delivered", "message.bounced"]
    (suppression,) = listed.json["data"]
    assert (suppression["address"], suppression["domain"], suppression["status"]) == (JANE, DOMAIN, "5.1.1")
    assert suppression["message_id"] == sent.message_id
    assert [each["state"] for each in again["deliveries"]] == ["suppressed"]
    assert (typed.code, f"{JANE} is suppressed: mail to it failed for good" in typed.err) == (5, True)
    assert len(hop.copies) == 1


async def test_a_complaint_suppresses_who_complained_and_the_message_stays_delivered(
    open_gateway: OpenGateway, keys: Keys
) -> None:
    async with Hop() as hop:
        gateway = open_gateway(delivery={"next_hop": hop.address})
        await gateway.start()
        async with api(gateway, keys.agent) as agent:
            sent = await sent_to_jane(gateway, agent, hop)
            fields = f"Feedback-Type: abuse\nUser-Agent: Loop/1.0\nVersion: 1\nOriginal-Rcpt-To: <{JANE}>\n"
            complaint = report("feedback-report", fields, sent.copy.raw)
            await arrives(gateway, "feedback@peer.test", f"abuse@{DOMAIN}", complaint)
            after = (await agent.get(f"/v1/messages/{sent.message_id}")).json()
            told = await events_of(agent, sent.message_id)
        listed = await gateway.run("suppression", "list", "--json")
    assert (after["state"], after["deliveries"][0]["state"]) == ("delivered", "complained")
    assert told[-1] == "message.complained"
    assert [(each["address"], each["reason"]) for each in listed.json["data"]] == [(JANE, "complaint")]


async def test_delays_absences_and_reports_about_no_mail_of_ours_end_no_delivery(
    open_gateway: OpenGateway, keys: Keys
) -> None:
    async with Hop() as hop:
        gateway = open_gateway(delivery={"next_hop": hop.address})
        await gateway.start()
        async with api(gateway, keys.agent) as agent:
            sent = await sent_to_jane(gateway, agent, hop)
            delay = status("delayed", "4.4.1", "450 4.4.1 no route", sent.copy.raw)
            await arrives(gateway, "", sent.copy.mail_from, delay)
            await arrives(gateway, "", FREE, away(sent.copy).as_bytes().replace(b"\n", b"\r\n"))
            unsigned = sent.copy.raw.replace(sent.copy.message_id.encode(), b"<guessed@example.test>")
            await arrives(gateway, "", FREE, status("failed", "5.1.1", REFUSED, unsigned))
            after = (await agent.get(f"/v1/messages/{sent.message_id}")).json()
            thread = (await agent.get(f"/v1/threads/{after['thread_id']}")).json()
            told = await events_of(agent, sent.message_id)
        listed = await gateway.run("suppression", "list", "--json")
    assert after["deliveries"][0]["state"] == "delivered"
    assert told[-2:] == ["message.delivered", "message.delayed"]
    assert [each["automation"] for each in thread["messages"]["data"]] == ["own", "bounce", "auto_replied"]
    assert sent.copy.mail_from not in [each["address"] for each in thread["participants"]]
    assert listed.json["data"] == []


def away(copy: Copy) -> EmailMessage:
    """What Jane's mailbox answers on its own (RFC 3834)."""
    mail = EmailMessage()
    mail["From"] = JANE
    mail["Subject"] = "Out of office: Your order"
    mail["In-Reply-To"] = copy.message_id
    mail["Auto-Submitted"] = "auto-replied"
    mail.set_content("I am away until Monday.")
    return mail
