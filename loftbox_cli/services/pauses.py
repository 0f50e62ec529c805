"""The kill switch: it stops what leaves, before the next claim, until somebody resumes it."""

from datetime import datetime, timedelta

from loftbox_cli.core.actor import Actor
from loftbox_cli.core.address import parse_domain
from loftbox_cli.core.agent import Agent
from loftbox_cli.core.domain import Domain
from loftbox_cli.core.errors import NotFound
from loftbox_cli.core.events import EventType
from loftbox_cli.core.ids import RequestId
from loftbox_cli.core.mailbox import Mailbox
from loftbox_cli.core.pause import GATEWAY, Pause, PauseScope, PauseSpan
from loftbox_cli.services.story import tell, tell_of_mailbox
from loftbox_cli.services.tx import Tx

# How long pauses that are over are remembered: no delivery waits as long.
REMEMBERED = timedelta(days=400)


def pause(
    tx: Tx, scope: PauseScope, name: str, *, by: Actor, why: str, request_id: RequestId, now: datetime
) -> Pause:
    """Stop a mailbox, agent, domain or everything; pausing twice keeps the first."""
    target = _target(tx, scope, name)
    found = tx.pauses.find(target=target)
    if found is not None:
        return found
    paused = Pause(scope, target, by.id, why, now)
    tx.pauses.add(paused)
    _tell(tx, EventType(f"{scope}.paused"), paused, request_id, now)
    return paused


def resume(tx: Tx, scope: PauseScope, name: str, *, by: Actor, request_id: RequestId, now: datetime) -> Pause:
    """Let it go on; raises NotFound when it is not paused.

    The span stays: its time counts neither towards giving up nor towards expiry.
    """
    target = _target(tx, scope, name)
    found = tx.pauses.find(target=target)
    if found is None:
        raise NotFound(
            f"{scope} {name} is not paused".replace("gateway gateway", "the gateway"),
            fix="loftbox status lists what is paused",
        )
    tx.pauses.remove(target=target)
    if now > found.at:
        tx.pause_spans.add(PauseSpan(target, found.at, now))
    for span in tx.pause_spans.all():
        if span.until < now - REMEMBERED:
            tx.pause_spans.remove(target=span.target, since=span.since)
    resumed = Pause(scope, target, by.id, found.why, now)
    _tell(tx, EventType(f"{scope}.resumed"), resumed, request_id, now)
    return resumed


def _target(tx: Tx, scope: PauseScope, name: str) -> str:
    match scope:
        case PauseScope.GATEWAY:
            return GATEWAY
        case PauseScope.DESTINATION:
            return _destination(name)
        case PauseScope.MAILBOX:
            found: Mailbox | Agent | Domain | None = tx.mailboxes.find(id=name) or tx.mailboxes.find(
                address=name.lower()
            )
        case PauseScope.AGENT:
            found = tx.agents.find(id=name) or tx.agents.find(name=name)
        case PauseScope.DOMAIN:
            found = tx.domains.find(id=name) or tx.domains.find(name=name.lower())
    if found is None:
        raise NotFound(f"there is no {scope} {name}", fix=f"loftbox {scope} list shows what there is")
    return found.id


def _destination(name: str) -> str:
    """The domain that mail goes to, as deliveries name it; nobody else's id looks like one."""
    return parse_domain(name, field="destination")


def _tell(tx: Tx, kind: EventType, pause: Pause, request_id: RequestId, now: datetime) -> None:
    data = {"target": pause.target, "by": pause.by, "why": pause.why}
    if pause.scope is PauseScope.MAILBOX:
        tell_of_mailbox(tx, kind, tx.mailboxes.get(pause.target), request_id, now, data)
    else:
        tell(tx, kind, request_id, now, data)
