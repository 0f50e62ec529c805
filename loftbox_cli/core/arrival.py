"""A mail that the SMTP door took over, before anybody has read it."""

from datetime import datetime
from typing import NamedTuple

from loftbox_cli.core.ids import RequestId


class Arrival(NamedTuple):
    """One SMTP transaction that ended in 250, exactly as it came.

    `raw` is what the peer sent between DATA and the dot, dot-unstuffed and
    otherwise untouched. `trace` is the Received field that we put before it when
    the mail is shown or passed on (RFC 5321 section 4.4); it is kept beside the
    bytes, so that hashes and signatures still fit. `mail_from` is "" for the null
    sender. `tls` is "" for plain text, else version and cipher.
    """

    request_id: RequestId
    received_at: datetime
    peer: str
    helo: str
    tls: str
    mail_from: str
    rcpt_to: tuple[str, ...]
    raw: bytes
    trace: bytes
    smtputf8: bool = False
