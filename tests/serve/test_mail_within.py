"""Mail from one mailbox of a served gateway to another: it meets no wire, and is signed all the same."""

import dkim

from loftbox_cli.core.dkim_key import DkimKey
from loftbox_cli.services import domains
from tests.serve.conftest import OpenGateway
from tests.serve.gateway import HOSTNAME, api
from tests.serve.prepared import DOMAIN, FREE, GATED, Keys


async def test_mail_between_two_mailboxes_arrives_signed_and_answers_wait_for_a_person(
    open_gateway: OpenGateway, keys: Keys
) -> None:
    gateway = open_gateway()
    daemon = await gateway.start()
    async with api(gateway, keys.agent) as agent:
        body = {"mailbox": FREE, "to": [GATED], "subject": "Order 4711", "text": "Is it ready?"}
        sent = (await agent.post("/v1/messages", json=body)).json()
        filed = await daemon.said("mail filed")
        received = (await agent.get(f"/v1/messages/{filed['messages'][0]}")).json()
        raw = (await agent.get(f"/v1/messages/{received['id']}/raw")).content
        answer = await agent.post(f"/v1/messages/{received['id']}/reply", json={"text": "It is."})
        after = (await agent.get(f"/v1/messages/{sent['id']}")).json()
    assert (received["mailbox"], received["rfc_message_id"]) == (GATED, sent["rfc_message_id"])
    assert (after["state"], after["deliveries"][0]["attempts"]) == ("delivered", 1)
    assert "automated_mail_answered" in answer.json()["decision"]["reasons"]
    assert raw.startswith(f"Return-Path: <{sent['mail_from']}>\r\nReceived: from {HOSTNAME} by".encode())
    signed = raw[raw.index(b"DKIM-Signature:") :]
    keys_of_domain = gateway.glance(lambda tx: domains.keys(tx, domains.find(tx, DOMAIN)))
    records = {
        f"{key.selector}._domainkey.{DOMAIN}.": DkimKey(key.selector, key.algorithm, b"", key.public).record
        for key in keys_of_domain
    }
    verifier = dkim.DKIM(signed)
    assert [
        verifier.verify(index, dnsfunc=lambda name, **_: records[name.decode()].encode())
        for index in range(len(records))
    ] == [True] * len(records)
