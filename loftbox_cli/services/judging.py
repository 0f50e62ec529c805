"""What may happen to a message at this moment: facts and rules put together, nothing carried out.

The domain has to be able to send, every policy in force has to allow, and a hold that
a person answered for these very bytes holds no more.
"""

from datetime import datetime

from loftbox_cli.core.actor import DAEMON
from loftbox_cli.core.address import parse_address, split_subaddress
from loftbox_cli.core.approval import Approval, ApprovalState
from loftbox_cli.core.decision import Answer, Decision, Rule, strictest
from loftbox_cli.core.domain import Domain
from loftbox_cli.core.errors import Conflict
from loftbox_cli.core.mailbox import Mailbox
from loftbox_cli.core.message import Message, MessageState
from loftbox_cli.core.policy.evaluate import InForce, evaluate
from loftbox_cli.core.policy.explain import Explanation, decision_of, explain
from loftbox_cli.core.thread import ThreadState
from loftbox_cli.services import facts, in_force
from loftbox_cli.services.tx import Tx


def decide(tx: Tx, message: Message, policies: tuple[InForce, ...], now: datetime) -> Decision:
    """Say what may happen to these exact bytes at this moment."""
    found = facts.gather(tx, message, _needs(policies), now)
    rules = (*_beside_policies(tx, message, now), *evaluate(policies, found))
    # Most messages are held by nothing: only the others have to be compared with what persons said.
    asked = any(rule.hit and rule.answer is Answer.HOLD for rule in rules)
    return decision_of(rules, _said(tx, message) if asked else {})


def look_into(
    tx: Tx,
    message: Message,
    policies: tuple[InForce, ...],
    now: datetime,
    *,
    untold: frozenset[str] = frozenset(),
) -> Explanation:
    """Decide in the same way, and say why and what would change it; the message need not be stored.

    The facts in `untold` are not known to who asks.
    """
    found = facts.gather(tx, message, _needs(policies) - untold, now)
    return explain(policies, found, _beside_policies(tx, message, now), _said(tx, message))


def before_leaving(tx: Tx, message: Message, policies: tuple[InForce, ...], now: datetime) -> Decision:
    """Look again at what was released. Its policies are asked again only when they have changed."""
    released = message.state is MessageState.RELEASED
    rule = Rule(
        name="released",
        hit=True,
        answer=Answer.ALLOW if released else Answer.BLOCK,
        reason="message_released" if released else "message_not_released",
        detail=f"message {message.id} is {message.state}",
    )
    if in_force.stamps(policies) == message.policies:
        return strictest((rule, *_beside_policies(tx, message, now)))
    decision = decide(tx, message, policies, now)
    return strictest((rule, *decision.rules))


def domain_of(tx: Tx, mailbox: Mailbox) -> Domain:
    """The domain that a mailbox sends from; the operator's own mailbox has none and sends nothing."""
    if mailbox.domain_id is None:
        raise Conflict(
            f"mailbox {mailbox.address} receives only: it belongs to no domain",
            fix="send from a mailbox of an agent: loftbox mailbox list",
        )
    return tx.domains.get(mailbox.domain_id)


def domain_for(tx: Tx, message: Message) -> Domain:
    """The domain that a message leaves from: that of its mailbox, or of a notice of ours the one in From."""
    mailbox = tx.mailboxes.get(message.mailbox_id)
    if mailbox.domain_id is None and message.submitted_by == DAEMON.id:
        named = tx.domains.find(name=message.from_[0].address.rpartition("@")[2])
        if named is not None:
            return named
    return domain_of(tx, mailbox)


def read_by_agent(tx: Tx, address: str) -> bool:
    """Whether a mailbox of this gateway that belongs to an agent gets what is sent to an address."""
    spec = parse_address(address)
    base, _ = split_subaddress(spec.local)
    found = (tx.mailboxes.find(address=f"{local}@{spec.domain}".lower()) for local in (spec.local, base))
    return any(each is not None and each.agent_id is not None for each in found)


def covers(approval: Approval, message: Message) -> bool:
    """Whether a yes was said to these bytes in this revision."""
    return (
        approval.state is ApprovalState.APPROVED
        and approval.message_id == message.id
        and approval.revision == message.revision
        and approval.content_sha256 == message.content_sha256
    )


def _needs(policies: tuple[InForce, ...]) -> frozenset[str]:
    return frozenset().union(*(each.policy.needs for each in policies))


def _said(tx: Tx, message: Message) -> dict[str, str]:
    """Which questions persons answered with yes for this revision, and who did."""
    yes = (each for each in tx.approvals.all(message_id=message.id) if covers(each, message))
    return {hit.question: approval.decided_by for approval in yes for hit in approval.rules}


def _beside_policies(tx: Tx, message: Message, now: datetime) -> tuple[Rule, ...]:
    rules = _domain_rule(domain_for(tx, message), now), _thread_rule(tx, message)
    return (*rules, _notice_rule(tx, message)) if message.submitted_by == DAEMON.id else rules


def _notice_rule(tx: Tx, message: Message) -> Rule:
    """What the gateway itself says goes to persons of this gateway, and never where an agent reads."""
    persons = all(
        tx.persons.find(address=each) is not None and not read_by_agent(tx, each) for each in message.rcpt_to
    )
    return Rule(
        name="notice",
        hit=True,
        answer=Answer.ALLOW if persons else Answer.BLOCK,
        reason="notice_to_person" if persons else "notice_to_nobody_known",
        detail="a notice to a person of this gateway"
        if persons
        else "a notice goes to persons of this gateway only",
    )


def _thread_rule(tx: Tx, message: Message) -> Rule:
    """What is written into a paused thread is held, and what was released rests until it goes on."""
    thread = tx.threads.find(id=message.thread_id) if message.thread_id else None
    paused = thread is not None and thread.state is ThreadState.PAUSED
    return Rule(
        name="thread",
        hit=paused,
        answer=Answer.HOLD,
        reason="thread_paused",
        detail=f"thread {message.thread_id} is paused" if paused else "its thread is not paused",
    )


def _domain_rule(domain: Domain, now: datetime) -> Rule:
    stopped = not domain.may_send(now)
    stands = f"it is {domain.state(now)}, its review is {domain.review}"
    return Rule(
        name="domain",
        hit=stopped,
        answer=Answer.BLOCK,
        reason="domain_not_sending",
        detail=f"domain {domain.name} {'may not send' if stopped else 'may send'}: {stands}",
    )
