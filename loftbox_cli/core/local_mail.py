"""A mail that one mailbox of this gateway sends to another, as it arrives there.

It takes no wire, and looks like what came over one: a Return-Path and a Received field
stand before it (RFC 5321 section 4.4), and the bytes are those that anybody else would
have got, signature included.
"""

from datetime import UTC, datetime
from email.utils import format_datetime

from loftbox_cli.core.arrival import Arrival
from loftbox_cli.core.delivery import Delivery
from loftbox_cli.core.ids import RequestId
from loftbox_cli.core.smtp_wire import needs_smtputf8

NO_PEER = ""  # nobody connected


def arriving(delivery: Delivery, mail_from: str, raw: bytes, *, host: str, now: datetime) -> Arrival:
    """What the door would have taken in, had it been handed over there.

    Its request is named after the delivery, so that one follows from the other. `host` is our name.
    """
    request_id = RequestId("req_" + delivery.id.removeprefix("dlv_"))
    here = host or delivery.destination
    trace = (
        f"Return-Path: <{mail_from}>\r\n"
        f"Received: from {here} by {here}\r\n"
        f"\tid {request_id}\r\n"
        f"\tfor <{delivery.recipient}>;\r\n"
        f"\t{format_datetime(now.astimezone(UTC).replace(microsecond=0))}\r\n"
    )
    return Arrival(
        request_id=request_id,
        received_at=now,
        peer=NO_PEER,
        helo=here,
        tls="",
        mail_from=mail_from,
        rcpt_to=(delivery.recipient,),
        raw=raw,
        trace=trace.encode(),
        smtputf8=needs_smtputf8(raw, mail_from, delivery.recipient),
    )
