"""What goes to a wire and what comes back from it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parcel:
    """One signed message for one recipient. `mail_from` is "" for the null sender.

    `destination` is the recipient's domain as an A-label. `domain` is the domain of
    ours that sends, whose smarthost takes the message where it has one.
    """

    mail_from: str
    rcpt_to: str
    destination: str
    raw: bytes
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Posted:
    """How one webhook attempt ended.

    `status` is 0 when no HTTP answer came, and `fault` says why. `refused` is true
    when our own guard stopped it before anything was sent. `answer` holds at most
    16 KiB of the body; `took` is in milliseconds.
    """

    status: int
    answer: bytes = b""
    fault: str = ""
    refused: bool = False
    took: int = 0
