"""A mail as an agent may read it: structure taken from hostile bytes.

Everything here was written by a stranger, unless it says otherwise.
"""

from dataclasses import dataclass
from enum import StrEnum

from loftbox_cli.core.mail_report import MailReport


class Automation(StrEnum):
    """Whether a person wrote it (RFC 3834 and what vendors add)."""

    NONE = "none"
    AUTO_REPLIED = "auto_replied"
    AUTO_GENERATED = "auto_generated"
    LIST = "list"
    BOUNCE = "bounce"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Party:
    """One address of a header field: the addr-spec, and the name for display only."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class HeaderField:
    """A header field that a caller set on a message of ours."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is not body text. `part` is its place in the walk over all parts, from 0."""

    part: int
    filename: str
    content_type: str
    size: int  # octets, decoded
    sha256: str  # hex, of the decoded content
    inline: bool = False
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class MimePart:
    """One part of the structure, embedded messages included; `parent` is None for the mail itself.

    The type, the charset and the encoding are what the part declares. `size` counts the decoded
    octets, and is 0 for what only holds other parts.
    """

    place: int
    parent: int | None
    content_type: str
    charset: str
    disposition: str
    filename: str
    content_id: str
    size: int
    encoding: str
    defects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading one mail gave. `defects` names what was odd; it is never an exception."""

    message_id: str = ""  # with its angle brackets, "" when the mail has none
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    from_: tuple[Party, ...] = ()
    to: tuple[Party, ...] = ()
    cc: tuple[Party, ...] = ()
    reply_to: tuple[Party, ...] = ()
    sender: tuple[Party, ...] = ()
    subject: str = ""
    date: str = ""  # as the sender wrote it; never used for ordering
    text: str = ""
    html: str = ""
    reply_text: str = ""  # the new part: see edge/mail_read/reply
    reply_html: str = ""
    quoted_text: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[Attachment, ...] = ()
    parts: tuple[MimePart, ...] = ()
    hidden_text_chars: int = 0  # of HTML that a person would not see
    invisible_chars: int = 0  # taken out of text, subject and names
    automation: Automation = Automation.NONE
    automation_evidence: str = ""  # what says so
    report: MailReport | None = None
    defects: tuple[str, ...] = ()
