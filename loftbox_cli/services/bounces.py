"""What comes back: a report finds the delivery that it is about, and changes it in the commit of its mail.

A report is matched by our signed return path, which it was sent to or quotes, and else by
a signed Message-ID of ours together with the recipient. Anybody can write a report; nobody
but who saw the message can name it. What names nothing of ours is kept as mail, and
changes nothing. A name of ours stops counting when no host can still be trying.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from loftbox_cli.core import tag
from loftbox_cli.core.address import key_of
from loftbox_cli.core.canonical import JSON
from loftbox_cli.core.delivery import Delivery, DeliveryState, Step
from loftbox_cli.core.events import EventType
from loftbox_cli.core.mail_report import Action, MailReport, Reported, ReportKind
from loftbox_cli.core.message import Direction, Message
from loftbox_cli.core.suppression import SuppressionReason
from loftbox_cli.services import suppressions
from loftbox_cli.services.settling import settle, tell
from loftbox_cli.services.story import tell_of_message
from loftbox_cli.services.tx import Tx

# RFC 5321 section 4.5.4.1 lets a host try for five days, and some try for weeks.
NAMES_LAST = timedelta(days=45)
MAY_BOUNCE = (DeliveryState.DELIVERED, DeliveryState.UNCERTAIN)


def come_back(tx: Tx, mail: Message, report: MailReport | None, *, tag_secret: bytes, now: datetime) -> None:
    """Carry out what a report says; `mail` is the stored message that brought it. None changes nothing."""
    match report.kind if report else ReportKind.NONE:
        case ReportKind.DELIVERY_STATUS if report:
            for delivery, reported in _matched(tx, mail, report, tag_secret, now):
                _deliver_status(tx, mail, delivery, reported, now)
        case ReportKind.COMPLAINT | ReportKind.OPT_OUT if report:
            _complain(tx, mail, report, tag_secret, now)
        case ReportKind.AUTH_FAILURE if report:
            _tell_abuse(tx, mail, report, now)
        case _:
            pass


def _deliver_status(tx: Tx, mail: Message, delivery: Delivery, reported: Reported, now: datetime) -> None:
    told: dict[str, JSON] = {
        "recipient": delivery.recipient,
        "status": reported.status,
        "code": reported.code,
        "words": reported.diagnostic,
        "class": reported.kind.value,
        "report_id": mail.id,
    }
    if reported.action is Action.DELAYED:
        # RFC 3464 section 2.3.3: the host still tries; nothing has become of it yet.
        told["detail"] = _why_delayed(reported)
        tell(tx, EventType.MESSAGE_DELAYED, delivery, now, told, request_id=mail.request_id)
        return
    if reported.action is not Action.FAILED or delivery.state not in MAY_BOUNCE:
        return
    bounced = replace(
        delivery,
        last_code=reported.code,
        last_words=reported.diagnostic or reported.status,
        last_class=reported.kind.value,
    )
    settle(tx, bounced, Step.BOUNCE, EventType.MESSAGE_BOUNCED, told, now, request_id=mail.request_id)
    suppressions.note_failure(tx, bounced, reported.response, bounced.last_words, now, report_id=mail.id)


def _why_delayed(reported: Reported) -> str:
    return f"the host that took it is still trying: {reported.diagnostic or reported.status}"


def _complain(tx: Tx, mail: Message, report: MailReport, tag_secret: bytes, now: datetime) -> None:
    opted_out = report.kind is ReportKind.OPT_OUT
    reason = SuppressionReason.OPT_OUT if opted_out else SuppressionReason.COMPLAINT
    for delivery, _ in _matched(tx, mail, report, tag_secret, now):
        suppressions.note_complaint(tx, delivery, reason, mail.id, now)
        if not opted_out and delivery.state in MAY_BOUNCE:
            told: dict[str, JSON] = {
                "recipient": delivery.recipient,
                "type": report.feedback_type,
                "report_id": mail.id,
            }
            settle(
                tx,
                delivery,
                Step.COMPLAIN,
                EventType.MESSAGE_COMPLAINED,
                told,
                now,
                request_id=mail.request_id,
            )
    _tell_abuse(tx, mail, report, now)


def _tell_abuse(tx: Tx, mail: Message, report: MailReport, now: datetime) -> None:
    tell_of_message(
        tx,
        EventType.ABUSE_REPORTED,
        mail,
        now,
        {
            "detail": f"{report.kind.value} of type {report.feedback_type}",
            "from": mail.mail_from or ", ".join(party.address for party in mail.from_),
            "recipients": [one.address for one in report.recipients],
        },
    )


def _matched(
    tx: Tx, mail: Message, report: MailReport, tag_secret: bytes, now: datetime
) -> list[tuple[Delivery, Reported]]:
    """The deliveries that a report is about, each with what it says of it."""
    found: dict[str, tuple[Delivery, Reported]] = {}
    for message, is_surely_meant in _messages(tx, mail, report, tag_secret):
        if message.direction is not Direction.OUTBOUND or now - message.created_at > NAMES_LAST:
            continue
        deliveries = tx.deliveries.all(message_id=message.id)
        for reported in report.recipients or (Reported(""),):
            delivery = _delivery(deliveries, reported, alone=is_surely_meant or not report.recipients)
            if delivery is not None:
                found.setdefault(delivery.id, (delivery, reported))
        if found:
            break
    return list(found.values())


def _messages(tx: Tx, mail: Message, report: MailReport, tag_secret: bytes) -> Iterator[tuple[Message, bool]]:
    """The messages that the names in a report prove, and whether the return path proves them."""
    for address in (*mail.rcpt_to, *report.mail_from):
        named = tag.read_return_path(address.partition("@")[0], tag_secret)
        message = tx.messages.find(id=named) if named else None
        if message is not None:
            yield message, True
    for rfc_message_id in report.message_ids:
        named = tag.read_rfc_message_id(rfc_message_id, tag_secret)
        message = tx.messages.find(id=named) if named else None
        if message is not None:
            yield message, False


def _delivery(deliveries: list[Delivery], reported: Reported, *, alone: bool) -> Delivery | None:
    """The delivery to a reported recipient.

    With `alone` the only one counts under any address: a forwarder's host tells whom it
    forwarded to, not whom we wrote to.
    """
    wanted = {key_of(reported.address), key_of(reported.original)} - {""}
    for delivery in deliveries:
        if key_of(delivery.recipient) in wanted:
            return delivery
    return deliveries[0] if alone and len(deliveries) == 1 else None
