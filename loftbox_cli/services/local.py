"""Mail between mailboxes of this gateway: the same gate, the same delivery, and no wire.

Taking it in and noting that it is delivered are one commit, so that no crash leaves one
without the other, and nobody gets it twice.
"""

from datetime import datetime

from loftbox_cli.core.delivery import Delivery
from loftbox_cli.core.errors import UnknownDomain, UnknownRecipient
from loftbox_cli.core.report import Reply, Report, Stage
from loftbox_cli.core.retry import Schedule
from loftbox_cli.services import accept, deliveries, outcomes
from loftbox_cli.services.recipients import find_recipient
from loftbox_cli.services.tx import Tx


def hand_in(
    tx: Tx,
    delivery: Delivery,
    mail: accept.Prepared,
    *,
    tag_secret: bytes,
    schedule: Schedule,
    spread: float,
    now: datetime,
) -> Delivery:
    """Take in what a delivery brings, and record how it ended.

    Raises LeaseLost, and Paused when something keeps it here since it was claimed.
    """
    deliveries.hand_over(tx, delivery.id, delivery.fence, now=now)
    report = _taken_in(tx, delivery, mail, tag_secret)
    return outcomes.record(tx, delivery.id, delivery.fence, report, schedule=schedule, spread=spread, now=now)


def _taken_in(tx: Tx, delivery: Delivery, mail: accept.Prepared, tag_secret: bytes) -> Report:
    """Answer as the door would (RFC 5321 section 4.2.3, RFC 3463 section 3.2)."""
    here = mail.accepted.helo
    try:
        find_recipient(tx, delivery.recipient, tag_secret=tag_secret)
    except UnknownRecipient as error:
        return Report(Stage.RCPT, Reply(550, "5.1.1", error.fact), host=here)
    except UnknownDomain as error:
        return Report(Stage.RCPT, Reply(550, "5.1.2", error.fact), host=here)
    taken = accept.accept(tx, mail)
    return Report(Stage.DOT, Reply(250, "2.0.0", f"taken in within this gateway as {taken}"), host=here)
