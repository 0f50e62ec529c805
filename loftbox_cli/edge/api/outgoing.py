"""From the JSON of a message to send, to a draft."""

import base64
import binascii
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field

from loftbox_cli.core.address import parse_party
from loftbox_cli.core.draft import UNKNOWN_TYPE, Draft, File
from loftbox_cli.core.duration import parse_duration
from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.ids import MessageId
from loftbox_cli.core.reading import Party
from loftbox_cli.core.timing import Timing, timing
from loftbox_cli.edge.api.bodies import MESSAGE, Body

_MOST = 1_000  # far over the limits of a draft, which says how many there may be, in its own words

Addresses = Annotated[
    list[str], Field(max_length=_MOST, description="Each is `name@example.com` or `Name <name@example.com>`.")
]


class FileToSend(Body):
    """A file; `content` is base64. With a `content_id` it stands in the html, as cid:<content_id>."""

    filename: str
    content_type: str = UNKNOWN_TYPE
    content: str
    content_id: str = ""


class Written(Body):
    """What every message may say."""

    MOST_OCTETS: ClassVar[int] = MESSAGE

    to: Addresses = Field(default=[])
    cc: Addresses = Field(default=[])
    bcc: Addresses = Field(default=[])
    subject: str = ""
    text: str = ""
    html: str = ""
    attachments: list[FileToSend] = Field(default=[], max_length=_MOST)
    headers: dict[str, str] = Field(default={})
    metadata: dict[str, str] = Field(default={})
    labels: list[str] = Field(default=[], max_length=_MOST)
    context: dict[str, str] = Field(default={})
    scheduled_at: Annotated[AwareDatetime, Field(strict=False)] | None = Field(
        default=None, description="When it is to leave; without it, at once."
    )
    expires_after: str = Field(
        default="", description="A span such as 2h, after which what is not delivered is not sent any more."
    )


class ReplyToSend(Written):
    """What an answer says. Without `to` it goes to who wrote; without `subject` it repeats the old one.

    With `quote` the text that is answered stands below.
    """

    quote: bool = False


class ForwardToSend(Written):
    """What stands above the message that is handed on, and to whom; without `files` its files stay here."""

    files: bool = True


class MessageToSend(Written):
    """A message; `mailbox` is the id or the address of the mailbox that sends it.

    `in_reply_to` is the id of the message that it answers. `metadata` and `labels`
    stay here, and so does `context`, which policies ask; allowed `headers` are X-* but
    X-LoftBox-*, Keywords and Comments.
    """

    mailbox: str
    in_reply_to: str = ""


def size_of(body: Written) -> int:
    """About how many octets there are to work on."""
    return len(body.text) + len(body.html) + sum(len(file.content) for file in body.attachments)


def draft_of(body: Written) -> Draft:
    """Read addresses and files; raises BadInput that names the field."""
    return Draft(
        to=parties(body.to, "to"),
        cc=parties(body.cc, "cc"),
        bcc=parties(body.bcc, "bcc"),
        subject=body.subject,
        text=body.text,
        html=body.html,
        attachments=tuple(_file(place, file) for place, file in enumerate(body.attachments)),
        headers=tuple(body.headers.items()),
        metadata=tuple(body.metadata.items()),
        labels=tuple(body.labels),
        context=tuple(body.context.items()),
        in_reply_to=MessageId(body.in_reply_to if isinstance(body, MessageToSend) else ""),
    )


def timing_of(body: Written, now: datetime) -> Timing:
    """When it is to leave, and until when; raises BadInput."""
    span = parse_duration(body.expires_after, field="expires_after") if body.expires_after else None
    return timing(scheduled_at=body.scheduled_at, expires_after=span, now=now)


def parties(addresses: list[str], field: str) -> tuple[Party, ...]:
    """Read addresses; raises BadAddress that names the place."""
    return tuple(parse_party(text, field=f"{field}[{place}]") for place, text in enumerate(addresses))


def _file(place: int, file: FileToSend) -> File:
    try:
        content = base64.b64decode(file.content, validate=True)
    except (binascii.Error, ValueError):
        raise BadInput(
            "the content is not base64",
            fix="encode it by RFC 4648 section 4, without line breaks",
            field=f"attachments[{place}].content",
        ) from None
    return File(file.filename, file.content_type, content, file.content_id)
