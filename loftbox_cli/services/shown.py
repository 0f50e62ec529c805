"""What the verbs answer, as views: the one place where both faces get them from.

Functions that take a transaction read the pauses that belong to what they show.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from loftbox_cli.core.agent import Agent
from loftbox_cli.core.delivery import SETTLED
from loftbox_cli.core.domain import Domain
from loftbox_cli.core.explaining import explain
from loftbox_cli.core.mailbox import Mailbox
from loftbox_cli.core.message import state_of
from loftbox_cli.core.page import PageOf
from loftbox_cli.core.suppression import Suppression
from loftbox_cli.core.views.agent import AgentView, agent_view
from loftbox_cli.core.views.approval import ApprovalView, approval_view
from loftbox_cli.core.views.canceled import CanceledView, canceled_view
from loftbox_cli.core.views.domain import DomainView, dkim_key_view, domain_view
from loftbox_cli.core.views.explained import ExplainedView, explained_view
from loftbox_cli.core.views.form import ListView, list_view
from loftbox_cli.core.views.key import NewKeyView, new_key_view
from loftbox_cli.core.views.mailbox import MailboxView, mailbox_view
from loftbox_cli.core.views.message import FoundView, MessageView, found_view, message_view
from loftbox_cli.core.views.pause import pause_view
from loftbox_cli.core.views.policy import PolicyView, policy_view
from loftbox_cli.core.views.queue import QueuedView, queued_view
from loftbox_cli.core.views.status import DomainStandingView, StatusView, login_refused_view, rest_view
from loftbox_cli.core.views.suppression import SuppressionView, suppression_view
from loftbox_cli.core.views.thread import (
    ConversationView,
    ThreadView,
    TurnView,
    conversation_view,
    thread_view,
    turn_view,
)
from loftbox_cli.core.views.trace import StepView, attempt_step, event_step, post_step
from loftbox_cli.core.views.webhook import NotificationView, notification_view
from loftbox_cli.services import domains
from loftbox_cli.services.approvals import Asked, Decided
from loftbox_cli.services.events import Trace
from loftbox_cli.services.gate import Passed
from loftbox_cli.services.keys import NewKey
from loftbox_cli.services.messages import Found, Whole
from loftbox_cli.services.policies import PolicyFound
from loftbox_cli.services.queue import Queued
from loftbox_cli.services.schedule import CalledBack
from loftbox_cli.services.standing import Standing
from loftbox_cli.services.standing import standing as standing_of
from loftbox_cli.services.status import Status
from loftbox_cli.services.stops import held_by
from loftbox_cli.services.suppressions import domain_name
from loftbox_cli.services.threads import Conversation, Summary, Turn
from loftbox_cli.services.tx import Tx
from loftbox_cli.services.webhooks import Told

T = TypeVar("T")
V = TypeVar("V")


def page(tx: Tx, found: PageOf[T], view: Callable[[Tx, T], V]) -> ListView[V]:
    """A page of things whose views read more of the store."""
    return list_view(found, lambda item: view(tx, item))


def agent(tx: Tx, agent: Agent) -> AgentView:
    """An agent, and whether it is paused."""
    return agent_view(agent, paused=_is_paused(tx, agent.id))


def mailbox(tx: Tx, mailbox: Mailbox) -> MailboxView:
    """A mailbox, and whether it is paused."""
    return mailbox_view(mailbox, paused=_is_paused(tx, mailbox.id))


def domain(tx: Tx, domain: Domain, now: datetime) -> DomainView:
    """A domain, where it stands, where its mail goes and whether it is paused."""
    chosen = tx.domain_routes.find(domain_id=domain.id)
    route = "default" if chosen is None else chosen.smarthost or "direct"
    keys = [
        dkim_key_view(key.selector, key.algorithm, key.phase, key.phase_since)
        for key in domains.keys(tx, domain)
    ]
    return domain_view(domain, now, paused=_is_paused(tx, domain.id), route=route, dkim=keys)


def _is_paused(tx: Tx, target: str) -> bool:
    return tx.pauses.find(target=target) is not None


def message(standing: Standing) -> MessageView:
    """A message as it stands in a list."""
    return message_view(
        standing.message,
        mailbox=standing.mailbox.address,
        state=standing.state,
        deliveries=standing.deliveries,
        pauses=standing.pauses,
        approval=standing.approval,
    )


def found(found: Found) -> FoundView:
    """A message that was looked for."""
    return found_view(message(found.standing), found.snippet)


def turn(turn: Turn) -> TurnView:
    """A message in its thread."""
    return turn_view(message(turn.standing), turn.parent_id)


def whole_message(whole: Whole) -> MessageView:
    """A message with each attempt of its deliveries."""
    standing = whole.standing
    return message_view(
        standing.message,
        mailbox=standing.mailbox.address,
        state=standing.state,
        deliveries=standing.deliveries,
        pauses=standing.pauses,
        attempts=whole.attempts,
        approval=standing.approval,
    )


def passed(tx: Tx, passed: Passed) -> MessageView:
    """A message that just met the gate, with the whole decision."""
    return message_view(
        passed.message,
        mailbox=tx.mailboxes.get(passed.message.mailbox_id).address,
        state=state_of(passed.message, [delivery.state for delivery in passed.deliveries]),
        deliveries=passed.deliveries,
        pauses={each.id: held_by(tx, each) for each in passed.deliveries if each.state not in SETTLED},
        attempts=(),
        approval=passed.approval,
        decision=passed.decision,
    )


def canceled(tx: Tx, called_back: CalledBack) -> CanceledView:
    """What became of a message that was called back."""
    return canceled_view(
        message(standing_of(tx, called_back.message)),
        canceled=called_back.canceled,
        not_recalled=called_back.gone,
    )


def queued(tx: Tx, found: Queued, *, give_up_after: timedelta) -> QueuedView:
    """A delivery with what it waits for."""
    return queued_view(
        found.delivery,
        mailbox=tx.mailboxes.get(found.delivery.mailbox_id).address,
        pauses=found.pauses,
        rest=found.rest,
        held=found.held,
        give_up_after=give_up_after,
        attempts=found.attempts,
    )


def explained(found: Queued) -> ExplainedView:
    """Why a delivery stands where it stands, by the last attempt that ended."""
    ended = [each for each in found.attempts or () if each.ended_at is not None]
    last = ended[-1] if ended else None
    return explained_view(explain(found.delivery, last=last, pauses=found.pauses, rest=found.rest))


def thread(summary: Summary) -> ThreadView:
    """A thread as it stands in a list."""
    return thread_view(summary.thread, mailbox=summary.mailbox.address, total=summary.total)


def conversation(found: Conversation) -> ConversationView:
    """A thread with a page of its messages."""
    return conversation_view(
        found.summary.thread,
        mailbox=found.summary.mailbox.address,
        total=found.summary.total,
        participants=found.participants,
        related=found.related,
        messages=list_view(found.turns, turn),
    )


def approval(asked: Asked | Decided) -> ApprovalView:
    """An approval with what it is about."""
    return approval_view(asked.approval, asked.message, asked.revisions)


def policy(found: PolicyFound) -> PolicyView:
    """A policy with its text, its versions and what it is bound to."""
    return policy_view(
        found.policy,
        source=found.source,
        version=found.version,
        stored=found.stored,
        versions=found.versions,
        bindings=found.bindings,
    )


def suppression(tx: Tx, suppression: Suppression, now: datetime) -> SuppressionView:
    """A suppression with the name of its domain."""
    return suppression_view(suppression, domain=domain_name(tx, suppression), now=now)


def new_key(made: NewKey, now: datetime) -> NewKeyView:
    """A key with its text."""
    return new_key_view(made.key, made.text, now)


def notification(told: Told) -> NotificationView:
    """A notification with each attempt."""
    return notification_view(told.notification, told.attempts)


def status(found: Status, *, store_failed: bool) -> StatusView:
    """The gateway in one glance."""
    door = found.door
    return StatusView(
        at=found.at,
        serving=json.loads(found.serving) if found.serving else None,
        store="failed" if store_failed else "sound",
        sessions=door.sessions if found.serving else 0,
        accepted={"last_minute": door.accepted_last_minute, "last_hour": door.accepted_last_hour},
        refused={"last_minute": door.refused_last_minute, "last_hour": door.refused_last_hour},
        refused_for=door.refused_by_reason,
        domains=tuple(
            DomainStandingView(id=each.id, name=each.name, state=each.state(found.at), review=each.review)
            for each in found.domains
        ),
        agents=found.agents,
        mailboxes=found.mailboxes,
        messages=found.messages,
        unread=found.unread,
        held=found.held,
        queued=found.queued,
        sending=found.sending,
        uncertain=found.uncertain,
        notifications_pending=found.notifications_pending,
        notifications_exhausted=found.notifications_exhausted,
        pauses=tuple(pause_view(each) for each in found.pauses),
        resting=tuple(rest_view(each) for each in found.resting),
        logins_refused=tuple(login_refused_view(each) for each in found.logins_refused),
        next_at=found.next_at,
    )


def steps(found: Trace) -> tuple[StepView, ...]:
    """A story in the order of time; what was tried stands before the event that it led to."""
    told = (
        *(attempt_step(each.delivery, each.attempt) for each in found.tried),
        *(post_step(each.url, each.notification, each.attempt) for each in found.posted),
        *(event_step(each, notified=each.id in found.notified) for each in found.events),
    )
    return tuple(sorted(told, key=lambda step: step.at))
