"""Sending and reading mail by the API."""

import asyncio
import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from loftbox_cli.core.events import EventType
from loftbox_cli.core.key import Scope
from loftbox_cli.core.mailbox import Mailbox
from loftbox_cli.core.pause import PauseScope
from loftbox_cli.core.reading import Party
from loftbox_cli.edge.mail_read.parse import read
from loftbox_cli.services import accept, intake, pauses
from tests.edge.api_kit import Client, Gate, opened_gate
from tests.services.house import TAG_SECRET, letter

JANE = ["jane@peer.test"]
BODY = {"mailbox": "help@example.com", "to": JANE, "subject": "Your order", "text": "It is on its way."}


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with opened_gate(tmp_path) as opened:
        yield opened


@pytest.fixture
def mailbox(gate: Gate) -> Mailbox:
    return gate.house.mailbox()


@pytest.fixture
def agent(gate: Gate, mailbox: Mailbox) -> Client:
    assert mailbox.agent_id is not None
    return gate.agent(mailbox.agent_id)


def sent_twice_is_sent_once(gate: Gate) -> bool:
    return len(gate.house.told(EventType.MESSAGE_QUEUED)) == 1


async def send(agent: Client, key: str, **changes: Any) -> httpx2.Response:
    return await agent.post("/v1/messages", BODY | changes, headers={"idempotency-key": key})


async def test_an_autonomous_mailbox_queues_at_once(agent: Client) -> None:
    answer = await agent.post("/v1/messages", BODY)
    message = answer.json()
    assert (answer.status_code, message["state"], message["decision"]["answer"]) == (202, "queued", "allow")
    assert message["rcpt_to"] == JANE
    assert message["rfc_message_id"].endswith("@example.com>")
    assert [each["state"] for each in message["deliveries"]] == ["queued"]


async def test_what_a_pause_holds_is_answered_with_the_pause(gate: Gate, agent: Client) -> None:
    gate.house.do(pauses.pause, PauseScope.MAILBOX, "help@example.com", why="", **gate.house.by())
    (delivery,) = (await agent.post("/v1/messages", BODY)).json()["deliveries"]
    assert (delivery["state"], delivery["paused_by"], delivery["next_at"]) == ("queued", ["mailbox"], None)


async def test_a_blocked_message_is_answered_with_the_decision_and_remembered(gate: Gate) -> None:
    domain = gate.house.domain("other.example", approved=False)
    mailbox = gate.house.mailbox("help@other.example")
    assert mailbox.agent_id is not None
    answer = await gate.agent(mailbox.agent_id).post("/v1/messages", BODY | {"mailbox": mailbox.id})
    assert (answer.status_code, answer.json()["state"]) == (202, "blocked")
    assert answer.json()["decision"]["reasons"] == ["domain_not_sending"]
    assert domain.name in answer.json()["decision"]["detail"]
    assert gate.house.message(answer.json()["id"]).state == "blocked"


async def test_the_same_request_again_is_answered_with_the_same_words(gate: Gate, agent: Client) -> None:
    first, second = await send(agent, "order-4711"), await send(agent, "order-4711")
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert second.headers["x-request-id"] != first.headers["x-request-id"]
    assert sent_twice_is_sent_once(gate)


async def test_a_long_message_is_answered_with_the_same_words_and_kept_once(
    gate: Gate, agent: Client
) -> None:
    long = {"text": 'He said: "so?"\n' * 10_000, "html": "<p>Gr\u00fc\u00dfe \\ \u2028</p>" * 10_000}
    first, second = await send(agent, "k", **long), await send(agent, "k", **long)
    assert first.status_code == 202
    assert second.headers["idempotent-replayed"] == "true"
    assert second.content == first.content
    (kept,) = gate.house.see(lambda tx: tx.answers.all())
    assert len(kept.body) < 10_000
    assert sent_twice_is_sent_once(gate)


async def test_the_order_of_the_fields_makes_no_other_request(gate: Gate, agent: Client) -> None:
    await send(agent, "k")
    turned = await agent.post("/v1/messages", dict(reversed(BODY.items())), headers={"idempotency-key": "k"})
    assert turned.headers["idempotent-replayed"] == "true"
    assert sent_twice_is_sent_once(gate)


async def test_a_key_with_another_body_is_refused(gate: Gate, agent: Client) -> None:
    await send(agent, "k")
    other = await send(agent, "k", text="Something else.")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert other.json()["field"] == "Idempotency-Key"
    assert sent_twice_is_sent_once(gate)


async def test_twins_that_run_at_once_send_one_message(gate: Gate, agent: Client) -> None:
    answers = await asyncio.gather(*(send(agent, "k") for _ in range(8)))
    assert len({answer.content for answer in answers}) == 1
    assert sorted(answer.headers.get("idempotent-replayed", "") for answer in answers) == [""] + ["true"] * 7
    assert sent_twice_is_sent_once(gate)


async def test_a_key_counts_for_its_owner_and_its_path_for_a_day(gate: Gate, agent: Client) -> None:
    other = gate.house.mailbox("other@example.com")
    assert other.agent_id is not None
    await send(agent, "k")
    theirs = await gate.agent(other.agent_id).post(
        "/v1/messages", BODY | {"mailbox": other.id}, headers={"idempotency-key": "k"}
    )
    assert "idempotent-replayed" not in theirs.headers
    gate.house.clock.advance(hours=24)
    assert "idempotent-replayed" not in (await send(agent, "k")).headers


@pytest.mark.parametrize("key", ["", "a b", "\u00e9", "x" * 256])
async def test_an_idempotency_key_is_a_short_ascii_word(agent: Client, key: str) -> None:
    answer = await agent.post("/v1/messages", BODY, headers=[("idempotency-key", key.encode("latin-1"))])
    assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")


async def test_what_failed_may_be_tried_again_under_the_same_key(agent: Client) -> None:
    assert (await send(agent, "k", to=["nobody"])).status_code == 422
    assert (await send(agent, "k")).status_code == 202


async def test_a_replayed_secret_is_the_same_and_lies_nowhere_in_the_open(gate: Gate) -> None:
    operator = gate.operator()
    body = {"owner_id": gate.operator_id, "name": "k", "scopes": ["read"]}
    first, second = [
        await operator.post("/v1/keys", body, headers={"idempotency-key": "k"}) for _ in range(2)
    ]
    assert second.headers["idempotent-replayed"] == "true"
    assert first.json() == second.json()
    assert (await gate.client(first.json()["key"]).get("/v1/agents")).status_code == 200
    assert first.json()["key"] not in repr(gate.house.rows())


INJECTIONS = [
    "a\r\nBcc: evil@peer.test",
    "a\nb",
    "a\rb",
    "a\0b",
    "a\x0bb",
    "a\x0cb",
    "a\x85b",
    "a\u2028b",
    "a\u2029b",
    "a\x1b[31m",
    "a\x7f",
    "=?UTF-8?Q?a=0D=0ABcc:_evil@peer.test?=",
    "\U0001f4a9 subject=?UTF-8?Q?=0A?=Bcc: evil@peer.test",
]

FIELDS: dict[str, Any] = {
    "subject": lambda text: {"subject": text},
    "to[0]": lambda text: {"to": [f'"{text}" <jane@peer.test>']},
    "headers.X-Note": lambda text: {"headers": {"X-Note": text}},
    "attachments[0].filename": lambda text: {"attachments": [{"filename": text, "content": ""}]},
    "labels[0]": lambda text: {"labels": [text]},
}


@pytest.mark.rule("D1")
@pytest.mark.parametrize("field", FIELDS)
async def test_what_would_inject_a_header_is_refused_with_the_field(
    gate: Gate, agent: Client, field: str
) -> None:
    before = gate.house.rows()
    for text in INJECTIONS:
        answer = await agent.post("/v1/messages", BODY | FIELDS[field](text))
        assert (answer.status_code, answer.json()["field"]) == (422, field), text
    assert gate.house.rows() == before


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"to": []}, "to"),
        ({"to": ["a@b@c"]}, "to[0]"),
        ({"cc": ["jane@peer.test", "x y"]}, "cc[1]"),
        ({"to": ["jane@peer.test, evil@peer.test"]}, "to[0]"),
        ({"to": [f"a{number}@peer.test" for number in range(51)]}, "to"),
        ({"to": ["a@peer.test"] * 1_001}, "to"),
        ({"text": " "}, "text"),
        ({"headers": {"From": "evil@peer.test"}}, "headers.From"),
        ({"headers": {"X-LoftBox-Loop": "no"}}, "headers.X-LoftBox-Loop"),
        ({"headers": {"Bcc": "evil@peer.test"}}, "headers.Bcc"),
        ({"attachments": [{"filename": "a", "content": "%%%"}]}, "attachments[0].content"),
        ({"attachments": [{"filename": "../a", "content": ""}]}, "attachments[0].filename"),
        ({"attachments": [{"filename": "a", "content": "", "path": "/etc"}]}, "attachments[0].path"),
        ({"metadata": {"a": 1}}, "metadata.a"),
        ({"from": "evil@peer.test"}, "from"),
        ({"state": "queued"}, "state"),
    ],
)
async def test_what_cannot_be_sent_is_refused_with_the_field(
    gate: Gate, agent: Client, changes: dict[str, Any], field: str
) -> None:
    before = gate.house.rows()
    answer = await agent.post("/v1/messages", BODY | changes)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert gate.house.rows() == before


async def test_an_answer_joins_the_thread_and_goes_to_who_wrote(gate: Gate, agent: Client) -> None:
    (mail,) = gate.house.receive(
        "help@example.com",
        reading=letter("jane@peer.test", subject="My order", to=(Party("help@example.com"),)),
    )
    reply = (await agent.post(f"/v1/messages/{mail.id}/reply", {"text": "It left."})).json()
    assert (reply["subject"], reply["thread_id"]) == ("Re: My order", mail.thread_id)
    assert [each["address"] for each in reply["to"]] == JANE
    assert reply["in_reply_to"] == [mail.rfc_message_id]
    thread = (await agent.get(f"/v1/threads/{mail.thread_id}?limit=1")).json()
    assert (thread["total"], thread["messages"]["data"][0]["id"]) == (2, mail.id)
    cursor = thread["messages"]["next_cursor"]
    rest = (await agent.get(f"/v1/threads/{mail.thread_id}?limit=1&cursor={cursor}")).json()
    assert [each["id"] for each in rest["messages"]["data"]] == [reply["id"]]
    inbound = (await agent.get("/v1/messages?direction=inbound&mailbox=help@example.com")).json()["data"]
    assert [(each["id"], each["decision"]) for each in inbound] == [(mail.id, None)]


@pytest.mark.rule("B8")
@pytest.mark.parametrize("size", [11, 400_000], ids=["worked on inline", "worked on in a thread"])
async def test_attachments_come_back_as_files_to_save(agent: Client, size: int) -> None:
    content = bytes(range(size % 256)) + bytes(size)
    name = 'Rechnung "Mai" \u00fc.pdf'
    file = {
        "filename": name,
        "content_type": "application/pdf",
        "content": base64.b64encode(content).decode(),
    }
    message = (await agent.post("/v1/messages", BODY | {"attachments": [file]})).json()
    (attachment,) = message["attachments"]
    assert (attachment["filename"], attachment["size"]) == (name, len(content))
    answer = await agent.get(attachment["url"])
    assert answer.content == content
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith(
        "attachment; filename*=UTF-8''Rechnung%20%22Mai%22"
    )
    assert (await agent.get(f"/v1/messages/{message['id']}/attachments/99")).status_code == 404


@pytest.mark.rule("D2")
async def test_the_raw_mail_says_what_the_message_says_and_nothing_of_bcc(agent: Client) -> None:
    message = (await agent.post("/v1/messages", BODY | {"bcc": ["audit@peer.test"]})).json()
    answer = await agent.get(f"/v1/messages/{message['id']}/raw")
    assert answer.headers["content-type"] == "message/rfc822"
    assert answer.headers["content-disposition"].startswith("attachment")
    reading = read(answer.content)
    assert (reading.subject, reading.text) == (message["subject"], message["text"])
    assert b"audit@" not in answer.content


async def test_the_raw_mail_that_came_in_begins_with_our_received_field(gate: Gate, agent: Client) -> None:
    (mail,) = gate.house.receive("help@example.com")
    answer = await agent.get(f"/v1/messages/{mail.id}/raw")
    assert answer.content.startswith(b"Received: from mx.peer.test\r\nX-Number: ")


@pytest.mark.rule("I9")
@pytest.mark.rule("I15")
async def test_a_return_path_of_more_than_ascii_is_shown_as_it_came_and_older_ones_are_gone(
    gate: Gate, agent: Client
) -> None:
    house = gate.house
    trace = "Return-Path: <grüße@peer.test>\r\nReceived: from mx.peer.test\r\n".encode()
    raw = b"Return-Path: <old@else.test>\r\nSubject: one\r\n\r\nHi.\r\n"
    arrival = house.arrival("help@example.com", mail_from="grüße@peer.test", raw=raw)
    arrival = arrival._replace(trace=trace, smtputf8=True)
    house.do(accept.accept, accept.prepare(arrival))
    (taken,) = house.do(intake.claim, 1, now=house.now)
    assert (taken.smtputf8, taken.mail_from) == (True, "grüße@peer.test")
    (message,) = house.do(
        intake.file, taken.request_id, taken.fence, letter(), tag_secret=TAG_SECRET, now=house.now
    )
    answer = await agent.get(f"/v1/messages/{message.id}/raw")
    assert answer.content == trace + b"Subject: one\r\n\r\nHi.\r\n"


async def test_a_key_that_only_reads_sends_nothing(gate: Gate, mailbox: Mailbox) -> None:
    assert mailbox.agent_id is not None
    answer = await gate.agent(mailbox.agent_id, Scope.READ).post("/v1/messages", BODY)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def came_in(gate: Gate, mailbox: Mailbox, raw: bytes) -> str:
    """A mail, accepted and read as it is."""
    house = gate.house
    house.do(accept.accept, accept.prepare(house.arrival(mailbox.address, raw=raw)))
    (taken,) = house.do(intake.claim, 1, now=house.now)
    (message,) = house.do(
        intake.file, taken.request_id, taken.fence, read(raw), tag_secret=TAG_SECRET, now=house.now
    )
    return message.id


LETTER = (
    b"Message-ID: <1@peer.test>\r\nFrom: Jane <jane@peer.test>\r\nReply-To: <desk@peer.test>\r\n"
    b"To: help@example.com, joe@peer.test\r\nCc: ann@peer.test\r\nSubject: My order\r\n"
    b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain\r\n\r\nWhere is it?\r\n"
    b'--b\r\nContent-Type: application/pdf; name="order.pdf"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n--b--\r\n"
)


async def test_an_answer_to_all_names_everybody_but_us(gate: Gate, agent: Client, mailbox: Mailbox) -> None:
    message_id = came_in(gate, mailbox, LETTER)
    answer = await agent.post(f"/v1/messages/{message_id}/reply_all", {"text": "It left.", "quote": True})
    message = answer.json()
    assert (answer.status_code, message["rcpt_to"]) == (
        202,
        ["desk@peer.test", "joe@peer.test", "ann@peer.test"],
    )
    assert [each["address"] for each in message["cc"]] == ["joe@peer.test", "ann@peer.test"]
    assert message["in_reply_to"] == message["references"] == ["<1@peer.test>"]
    assert message["text"].endswith("> Where is it?\n")


async def test_a_message_is_handed_on_with_its_files(gate: Gate, agent: Client, mailbox: Mailbox) -> None:
    message_id = came_in(gate, mailbox, LETTER)
    parent = gate.house.message(message_id)
    path = f"/v1/messages/{message_id}/forward"
    answer = await agent.post(path, {"to": ["boss@peer.test"], "text": "For you."})
    message = answer.json()
    assert (message["subject"], message["rcpt_to"]) == ("Fwd: My order", ["boss@peer.test"])
    assert (message["in_reply_to"], message["references"]) == ([], ["<1@peer.test>"])
    assert message["thread_id"] == parent.thread_id
    assert [each["filename"] for each in message["attachments"]] == ["order.pdf"]
    assert (await agent.get(message["attachments"][0]["url"])).content == b"%PDF"
    assert message["text"].startswith("For you.\n\n---------- Forwarded message")
    bare = await agent.post(path, {"to": ["boss@peer.test"], "files": False})
    assert bare.json()["attachments"] == []


async def test_a_message_is_scheduled_and_called_back(agent: Client) -> None:
    times = {"scheduled_at": "2026-11-21T12:41:02+01:00", "expires_after": "1d"}
    message = (await agent.post("/v1/messages", BODY | times)).json()
    assert (message["state"], message["decision"]["answer"]) == ("scheduled", "allow")
    assert message["scheduled_at"] == "2026-11-21T11:41:02.000Z"
    assert message["expires_at"] == "2026-11-22T09:41:02.000Z"
    canceled = await agent.post(f"/v1/messages/{message['id']}/cancel", {})
    assert canceled.json()["state"] == "canceled"
    assert (canceled.json()["canceled"], canceled.json()["not_recalled"]) == (JANE, [])
    assert (await agent.get(f"/v1/messages/{message['id']}")).json()["decision"]["answer"] == "allow"


@pytest.mark.parametrize(
    ("times", "field"),
    [
        ({"scheduled_at": "2026-11-21T12:41:02"}, "scheduled_at"),
        ({"scheduled_at": "tomorrow"}, "scheduled_at"),
        ({"scheduled_at": "2028-11-21T12:41:02Z"}, "scheduled_at"),
        ({"expires_after": "soon"}, "expires_after"),
        ({"scheduled_at": "2026-11-21T12:41:02Z", "expires_after": "1h"}, "expires_after"),
    ],
)
async def test_a_time_that_is_none_is_refused_with_its_field(
    agent: Client, times: dict[str, str], field: str
) -> None:
    refused = await agent.post("/v1/messages", BODY | times)
    assert refused.status_code == 422
    assert refused.json()["field"].endswith(field)


async def test_an_image_of_the_html_is_sent_with_it(agent: Client) -> None:
    logo = {"filename": "logo.png", "content_type": "image/png", "content": "iVBORw==", "content_id": "logo"}
    message = (
        await agent.post("/v1/messages", BODY | {"html": "<img src='cid:logo'>", "attachments": [logo]})
    ).json()
    (image,) = message["attachments"]
    assert (image["inline"], image["content_id"]) == (True, "logo")
    raw = (await agent.get(f"/v1/messages/{message['id']}/raw")).content
    assert b'Content-Type: multipart/related; type="text/html";' in raw
    refused = await agent.post("/v1/messages", BODY | {"attachments": [logo]})
    assert refused.json()["field"] == "attachments[0].content_id"
