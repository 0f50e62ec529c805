"""From the JSON of a message to send, to a draft."""

import base64
import binascii
from typing import Annotated

from pydantic import Field

from loftbox_cli.core.address import parse_party
from loftbox_cli.core.draft import Draft, File
from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.ids import MessageId
from loftbox_cli.core.reading import Party
from loftbox_cli.edge.api.bodies import Body

_MOST = 1_000  # far over the limits of a draft, which says how many there may be, in its own words

Addresses = Annotated[
    list[str], Field(max_length=_MOST, description="Each is `name@example.com` or `Name <name@example.com>`.")
]


class FileToSend(Body):
    """A file; `content` is base64."""

    filename: str
    content_type: str = "application/octet-stream"
    content: str


class ReplyToSend(Body):
    """What an answer says. Without `to` it goes to who wrote; without `subject` it repeats the old one."""

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


class MessageToSend(ReplyToSend):
    """A message; `mailbox` is the id or the address of the mailbox that sends it.

    `in_reply_to` is the id of the message that it answers. `metadata` and `labels`
    stay here, and so does `context`, which policies ask; allowed `headers` are X-* but
    X-LoftBox-*, Keywords and Comments.
    """

    mailbox: str
    in_reply_to: str = ""


def size_of(body: ReplyToSend) -> int:
    """About how many octets there are to work on."""
    return len(body.text) + len(body.html) + sum(len(file.content) for file in body.attachments)


def draft_of(body: ReplyToSend) -> Draft:
    """Read addresses and files; raises BadInput that names the field."""
    return Draft(
        to=_parties(body.to, "to"),
        cc=_parties(body.cc, "cc"),
        bcc=_parties(body.bcc, "bcc"),
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


def _parties(addresses: list[str], field: str) -> tuple[Party, ...]:
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
    return File(file.filename, file.content_type, content)
