"""The main story, told step by step: from a domain that nobody verified to a signed answer.

Four people act in it. The operator and the approver type commands, the agent calls
the API, and the recipient has a mail server of their own.
"""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from typing import Any

from loftbox_cli.cli.demo_agent import Agent
from loftbox_cli.cli.demo_gateway import OPERATOR, Daemon, Program
from loftbox_cli.cli.demo_steps import Steps, expect, together
from loftbox_cli.cli.demo_world import CUSTOMER, CUSTOMER_DOMAIN, DOMAIN, LOOPBACK, World
from loftbox_cli.cli.exit_codes import ExitCode
from loftbox_cli.core.events import EventType
from loftbox_cli.core.telling import log_line, sentence
from loftbox_cli.edge.simulator.judgement import dkim_verdicts, webhook_fault
from loftbox_cli.edge.simulator.recipient import Mail
from loftbox_cli.edge.simulator.webhook_receiver import Post
from loftbox_cli.edge.system.chance import token
from loftbox_cli.edge.system.clock import SystemClock

AGENT = "support-bot"
NAME = "Demo Support"
MAILBOX = f"help@{DOMAIN}"
SUBJECT = "Your order 4711"
QUESTION = "Hello Jane,\n\nyour parcel left today. Shall we leave it with a neighbour?\n"
ANSWER = "Yes, with the neighbour on the left, please."
REPLY = EventType.MESSAGE_REPLY_RECEIVED.value


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the story plays."""

    world: World
    program: Program
    steps: Steps


@dataclass(frozen=True, slots=True)
class Happened:
    """An event as the API shows it."""

    type: EventType
    data: dict[str, Any]


async def tell(stage: Stage) -> tuple[str, ...]:
    """Play all of it; answers the log of the thread. Raises LoftBoxError at the first check that fails.

    Commands that do not wait for each other run at the same time.
    """
    program, step_of = stage.program, stage.steps.step
    async with step_of("The operator makes a store and its keys") as step:
        step.seen = (await program.json("init"))["hostname"]
    async with program.serving() as daemon:
        async with step_of(f"The gateway starts, the operator adds {DOMAIN}") as step:
            use = ("--use-case", "answers to customers of a demo")
            await together(daemon.until_ready(), program.json("domain", "add", DOMAIN, *use))
            step.seen = ", ".join(f"{name} {port}" for name, port in daemon.ports.items())
        await _verify(stage)
        key = await _appoint(stage)
        async with Agent(f"http://{LOOPBACK}:{daemon.ports['http']}", key) as agent:
            secret = await _listen(stage, agent)
            sent = await _send(stage, agent)
            await _approve(stage, sent["approval_id"])
            mail = await _deliver(stage, agent, sent)
            await _answer(stage, mail, daemon)
            post = await _notify(stage, sent, secret)
            log = await _read(stage, agent, sent, [post])
        async with step_of("The gateway stops when it is told to") as step:
            expect("exit code after SIGTERM", await daemon.stop(), ExitCode.DONE)
            step.seen = "exit code 0"
    return log


async def _verify(stage: Stage) -> None:
    program = stage.program
    async with stage.steps.step("Nothing is published yet: verification says no") as step:
        zone, asked = await together(
            program.text("domain", "records", DOMAIN, "--zone"),
            program.json("domain", "verify", DOMAIN, code=ExitCode.NOT_SO),
        )
        expect("state of the domain", asked["state"], "pending")
        expect("whether it may send", asked["capabilities"]["outbound"], False)
        step.seen = f"{len(asked['records'])} records to publish"
    async with stage.steps.step("The records are published: verification says yes") as step:
        stage.world.zone.load(zone)
        asked, _ = await together(
            program.json("domain", "verify", DOMAIN),
            program.json("agent", "create", AGENT, "--purpose", "answers mail", "--owner", OPERATOR),
        )
        expect("state of the domain", asked["state"], "verified")
        expect("what it may do", asked["capabilities"], {"outbound": True, "inbound": True})
        found = [each for each in asked["records"] if each["verdict"] == "ok"]
        expect("records that are as they should be", len(found), len(asked["records"]))
        step.seen = f"{len(found)} records found"


async def _appoint(stage: Stage) -> str:
    """Give the agent its mailbox and its key; answers the key's text, which is shown once."""
    async with stage.steps.step("The operator gives an agent a mailbox and a key") as step:
        mailbox, key = await together(
            stage.program.json("mailbox", "create", MAILBOX, "--agent", AGENT, "--display-name", NAME),
            stage.program.json("key", "create", AGENT, "--scope", "send", "--scope", "read"),
        )
        step.seen = f"{mailbox['address']}, {mailbox['oversight']}"
    return str(key["key"])


async def _listen(stage: Stage, agent: Agent) -> str:
    """Register the agent's webhook; answers its secret, which is shown once."""
    async with stage.steps.step("The agent registers its webhook") as step:
        webhook = await agent.listen(stage.world.receiver.url, [REPLY])
        step.seen = webhook["events"][0]
    return str(webhook["secret"])


async def _send(stage: Stage, agent: Agent) -> Any:
    async with stage.steps.step("The agent sends: held until a person agrees") as step:
        message = {"mailbox": MAILBOX, "to": [CUSTOMER], "subject": SUBJECT, "text": QUESTION}
        sent = await agent.send(message, idempotency_key="order-4711")
        expect("state of the message", sent["state"], "held")
        again = await agent.send(message, idempotency_key="order-4711")
        expect("message of the same request again", again["id"], sent["id"])
        expect("messages at the recipient", len(stage.world.recipient.received.items), 0)
        step.seen = ", ".join(sent["decision"]["reasons"])
    return sent


async def _approve(stage: Stage, approval_id: str) -> None:
    async with stage.steps.step("A person approves it") as step:
        decided = await stage.program.json("approvals", "approve", approval_id, "--revision", "1")
        expect("recipients that were approved", decided["rcpt_to"], [CUSTOMER])
        expect("state of the approval", decided["state"], "approved")
        step.seen = f"by {decided['decided_by']}"


async def _deliver(stage: Stage, agent: Agent, sent: Any) -> Mail:
    async with stage.steps.step("The message reaches the recipient's server") as step:
        mail = await stage.world.recipient.received.nth(1)
        expect("recipients in the envelope", list(mail.rcpt_to), [CUSTOMER])
        read = message_from_bytes(mail.content, policy=policy.SMTP)
        expect("Subject", read["Subject"], SUBJECT)
        expect("Message-ID", read["Message-ID"], sent["rfc_message_id"])
        expect("Auto-Submitted of what a person approved", read["Auto-Submitted"], None)
        await agent.event("message.delivered", message_id=sent["id"])
        shown = await agent.message(sent["id"])
        expect("state of the message", shown["state"], "delivered")
        step.seen = f"over {mail.tls}" if mail.tls else "without TLS"
        expect("TLS was used", bool(mail.tls), True)
    async with stage.steps.step("The recipient verifies its DKIM signatures") as step:
        zone = stage.world.zone
        verdicts = await asyncio.to_thread(dkim_verdicts, mail.content, dns=(zone.host, zone.port))
        expect("valid signatures", [each.valid for each in verdicts], [True] * max(len(verdicts), 1))
        expect("domains that signed", {each.domain for each in verdicts} == {DOMAIN}, True)
        step.seen = ", ".join(each.algorithm for each in verdicts)
    return mail


async def _answer(stage: Stage, mail: Mail, daemon: Daemon) -> None:
    async with stage.steps.step("The recipient answers by SMTP") as step:
        await stage.world.recipient.reply(
            mail,
            ANSWER,
            gateway=(LOOPBACK, daemon.ports["smtp"]),
            date=SystemClock().now(),
            message_id=f"<{token()}@{CUSTOMER_DOMAIN}>",
        )
        step.seen = f"to {MAILBOX}"


async def _notify(stage: Stage, sent: Any, secret: str) -> Post:
    async with stage.steps.step("The answer reaches the agent as a signed webhook") as step:
        post = await stage.world.receiver.posts.nth(1)
        fault = webhook_fault(post, secret, now=SystemClock().now().timestamp())
        expect("fault of the webhook's signatures", fault, "")
        event = post.event
        expect("type of the event", event["type"], REPLY)
        expect("thread of the event", event["thread_id"], sent["thread_id"])
        expect("reply text", event["data"]["reply_text"].strip(), ANSWER)
        step.seen = "both signatures verified"
    return post


async def _read(stage: Stage, agent: Agent, sent: Any, posts: Sequence[Post]) -> tuple[str, ...]:
    """Retrieve the thread and its log, as lines."""
    async with stage.steps.step("The agent retrieves the thread") as step:
        thread = await agent.thread(sent["thread_id"])
        directions = [message["direction"] for message in thread["messages"]["data"]]
        expect("directions of the messages", directions, ["outbound", "inbound"])
        expect("total of the thread", thread["total"], 2)
        events = await agent.events(thread_id=sent["thread_id"], order="asc", limit=100)
        notified = {post.event["id"] for post in posts}
        step.seen = f"{thread['total']} messages, {len(events)} events"
    return tuple(_log(events, notified))


def _log(events: Sequence[Any], notified: Collection[str]) -> Iterator[str]:
    told = [
        sentence(Happened(EventType(event["type"]), event["data"]), notified=event["id"] in notified)
        for event in events
    ]
    width = max(len(each.text) for each in told)
    for event, each in zip(events, told, strict=True):
        yield log_line(datetime.fromisoformat(event["created_at"]).astimezone(), each, width=width)
