"""What somebody wants to send, before it has bytes, and what of it we refuse."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from loftbox_cli.core.address import comparable, parse_address
from loftbox_cli.core.errors import BadInput, TooLarge
from loftbox_cli.core.header import MAX_SUBJECT, check_filename, check_header, check_text
from loftbox_cli.core.ids import MessageId
from loftbox_cli.core.reading import Party

NO_MESSAGE = MessageId("")
MAX_RECIPIENTS = 50
MAX_MESSAGE = 25 * 1024 * 1024
MAX_ATTACHMENTS = 100
MAX_HEADERS = 50
MAX_METADATA = 50
MAX_METADATA_VALUE = 500
MAX_LABELS = 20
MAX_LABEL = 64
MAX_CONTEXT = 20
MAX_CONTEXT_VALUE = 200

UNKNOWN_TYPE = "application/octet-stream"

_CONTENT_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,64}/[A-Za-z0-9!#$&^_.+-]{1,64}")
_KEY = re.compile(r"[A-Za-z0-9_.-]{1,64}")
# RFC 2392 writes an address here; a bare name is what most programs write, and all of them read.
_CONTENT_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,63}(?:@[A-Za-z0-9.-]{1,100})?)")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class File:
    """One file to attach. With a `content_id` it stands in the HTML, which names it as cid:<content_id>."""

    filename: str
    content_type: str
    content: bytes
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail in the words of the agent. Who it comes from is not the agent's to say.

    `metadata`, `labels` and `context`, which policies ask, stay with us; everything else
    reaches the recipients.
    `in_reply_to` is the message that this one answers, `forwards` the one that it hands on,
    "" for none.
    """

    to: tuple[Party, ...] = ()
    cc: tuple[Party, ...] = ()
    bcc: tuple[Party, ...] = ()
    subject: str = ""
    text: str = ""
    html: str = ""
    attachments: tuple[File, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    metadata: tuple[tuple[str, str], ...] = ()
    labels: tuple[str, ...] = ()
    in_reply_to: MessageId = NO_MESSAGE
    context: tuple[tuple[str, str], ...] = ()
    forwards: MessageId = NO_MESSAGE

    @property
    def recipients(self) -> tuple[str, ...]:
        """The envelope's recipients, in order: to, cc, bcc."""
        return tuple(party.address for party in (*self.to, *self.cc, *self.bcc))

    @property
    def size(self) -> int:
        """About how many octets there are to work on."""
        return len(self.text) + len(self.html) + sum(len(file.content) for file in self.attachments)


def check(draft: Draft) -> Draft:
    """Answer the draft with each address in its one form and nobody named twice.

    Who stands in two fields stays in the first of to, cc and bcc. Raises BadInput,
    BadAddress or TooLarge with the field that is at fault.
    """
    seen: set[str] = set()
    merged = replace(
        draft,
        to=tuple(_once(draft.to, "to", seen)),
        cc=tuple(_once(draft.cc, "cc", seen)),
        bcc=tuple(_once(draft.bcc, "bcc", seen)),
    )
    if not 1 <= len(seen) <= MAX_RECIPIENTS:
        raise BadInput(
            f"a message has 1 to {MAX_RECIPIENTS} recipients, and this has {len(seen)}",
            fix="send to more people with a message each" if seen else "name a recipient in to, cc or bcc",
            field="to",
        )
    check_text(draft.subject, field="subject", limit=MAX_SUBJECT)
    _check_content(draft)
    _check_headers(draft)
    _check_notes(draft)
    _check_context(draft)
    return merged


def _once(parties: tuple[Party, ...], field: str, seen: set[str]) -> Iterator[Party]:
    for place, party in enumerate(parties):
        here = f"{field}[{place}]"
        address = parse_address(party.address, field=here)
        check_text(party.name, field=here)
        if comparable(address) not in seen:
            seen.add(comparable(address))
            yield Party(str(address), party.name)


def _check_content(draft: Draft) -> None:
    if not (draft.text.strip() or draft.html.strip() or draft.attachments):
        raise BadInput("the message is empty", fix="give text, html or an attachment", field="text")
    for field, body in (("text", draft.text), ("html", draft.html)):
        if "\0" in body or _SURROGATE.search(body):
            raise BadInput(f"{field} holds a NUL or a lone surrogate", fix="send Unicode text", field=field)
    if len(draft.attachments) > MAX_ATTACHMENTS:
        raise TooLarge(
            f"a message has at most {MAX_ATTACHMENTS} attachments",
            fix="send fewer, or one archive of them",
            field="attachments",
        )
    for place, file in enumerate(draft.attachments):
        here = f"attachments[{place}]"
        check_filename(file.filename, field=f"{here}.filename")
        _check_content_type(file.content_type, f"{here}.content_type")
        if file.content_id:
            _check_content_id(draft, file.content_id, f"{here}.content_id")
    if draft.size > MAX_MESSAGE:
        raise TooLarge(
            f"the message has {draft.size} octets, over the limit of {MAX_MESSAGE}",
            fix="send less, or a link to it; base64 adds a third to attachments",
            field="attachments",
        )


def is_file_type(content_type: str) -> bool:
    """Whether a file may be sent as this; what has a structure of its own may not be base64.

    RFC 2046 sections 5.1 and 5.2.1.
    """
    kind = content_type.lower()
    return _CONTENT_TYPE.fullmatch(kind) is not None and not kind.startswith(("multipart/", "message/"))


def _check_content_type(content_type: str, field: str) -> None:
    if not _CONTENT_TYPE.fullmatch(content_type):
        raise BadInput(
            f"{content_type[:100]!a} is not a media type",
            fix="write type/subtype without parameters, such as application/pdf",
            field=field,
        )
    if not is_file_type(content_type):
        raise BadInput(
            f"{content_type} cannot be attached as a file",
            fix=f"attach it as {UNKNOWN_TYPE}",
            field=field,
        )


def _check_content_id(draft: Draft, content_id: str, field: str) -> None:
    if not _CONTENT_ID.fullmatch(content_id):
        raise BadInput(
            f"{content_id[:100]!a} is not a content id",
            fix="use letters, digits, dots, dashes and underscores, such as logo or logo@example.com",
            field=field,
        )
    if [file.content_id for file in draft.attachments].count(content_id) > 1:
        raise BadInput(f"two files have the content id {content_id}", fix="give each its own", field=field)
    # What the HTML does not show would reach the reader unseen by most programs.
    if not re.search(rf"cid:{re.escape(content_id)}(?![A-Za-z0-9_.@-])", draft.html):
        raise BadInput(
            f"the html does not show cid:{content_id}",
            fix=f'write <img src="cid:{content_id}"> in it, or leave content_id out to attach the file',
            field=field,
        )


def _check_headers(draft: Draft) -> None:
    if len(draft.headers) > MAX_HEADERS:
        raise TooLarge(
            f"a message has at most {MAX_HEADERS} headers of its own",
            fix="send fewer; notes of your own fit into metadata",
            field="headers",
        )
    for name, value in draft.headers:
        check_header(name, value, field=f"headers.{name}" if _KEY.fullmatch(name) else "headers")


def _check_notes(draft: Draft) -> None:
    if len(draft.metadata) > MAX_METADATA:
        raise TooLarge(
            f"a message has at most {MAX_METADATA} metadata keys", fix="send fewer", field="metadata"
        )
    for key, value in draft.metadata:
        if not _KEY.fullmatch(key):
            raise BadInput(
                f"{key[:100]!a} is not a metadata key",
                fix="use up to 64 letters, digits, dots, dashes and underscores",
                field="metadata",
            )
        if len(value) > MAX_METADATA_VALUE or _SURROGATE.search(value):
            raise BadInput(
                f"metadata.{key} is not text of up to {MAX_METADATA_VALUE} characters",
                fix="keep a reference here, and the data elsewhere",
                field=f"metadata.{key}",
            )
    if len(draft.labels) > MAX_LABELS:
        raise TooLarge(f"a message has at most {MAX_LABELS} labels", fix="send fewer", field="labels")
    for place, label in enumerate(draft.labels):
        check_text(label, field=f"labels[{place}]", limit=MAX_LABEL)
        if not label.strip():
            raise BadInput("a label is empty", fix="leave it out", field=f"labels[{place}]")


def _check_context(draft: Draft) -> None:
    if len(draft.context) > MAX_CONTEXT:
        raise TooLarge(f"a message has at most {MAX_CONTEXT} context keys", fix="send fewer", field="context")
    for key, value in draft.context:
        if not _KEY.fullmatch(key):
            raise BadInput(
                f"{key[:100]!a} is not a context key",
                fix="use up to 64 letters, digits, dots, dashes and underscores",
                field="context",
            )
        check_text(value, field=f"context.{key}", limit=MAX_CONTEXT_VALUE)
