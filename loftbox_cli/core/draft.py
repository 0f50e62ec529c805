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

_CONTENT_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,64}/[A-Za-z0-9!#$&^_.+-]{1,64}")
_KEY = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class File:
    """One file to attach."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail in the words of the agent. Who it comes from is not the agent's to say.

    `metadata`, `labels` and `context`, which policies ask, stay with us; everything else
    reaches the recipients.
    `in_reply_to` is the message that this one answers, "" for none.
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

    @property
    def recipients(self) -> tuple[str, ...]:
        """The envelope's recipients, in order: to, cc, bcc."""
        return tuple(party.address for party in (*self.to, *self.cc, *self.bcc))


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
        raise TooLarge(f"a message has at most {MAX_ATTACHMENTS} attachments", field="attachments")
    for place, file in enumerate(draft.attachments):
        here = f"attachments[{place}]"
        check_filename(file.filename, field=f"{here}.filename")
        _check_content_type(file.content_type, f"{here}.content_type")
    octets = len(draft.text) + len(draft.html) + sum(len(file.content) for file in draft.attachments)
    if octets > MAX_MESSAGE:
        raise TooLarge(
            f"the message has {octets} octets, over the limit of {MAX_MESSAGE}",
            fix="send less, or a link to it; base64 adds a third to attachments",
            field="attachments",
        )


def _check_content_type(content_type: str, field: str) -> None:
    if not _CONTENT_TYPE.fullmatch(content_type):
        raise BadInput(
            f"{content_type[:100]!a} is not a media type",
            fix="write type/subtype without parameters, such as application/pdf",
            field=field,
        )
    # RFC 2046 sections 5.1 and 5.2.1: these have a structure of their own and may not be base64.
    if content_type.lower().startswith(("multipart/", "message/")):
        raise BadInput(
            f"{content_type} cannot be attached as a file",
            fix="attach it as application/octet-stream",
            field=field,
        )


def _check_headers(draft: Draft) -> None:
    if len(draft.headers) > MAX_HEADERS:
        raise TooLarge(f"a message has at most {MAX_HEADERS} headers of its own", field="headers")
    for name, value in draft.headers:
        check_header(name, value, field=f"headers.{name}" if _KEY.fullmatch(name) else "headers")


def _check_notes(draft: Draft) -> None:
    if len(draft.metadata) > MAX_METADATA:
        raise TooLarge(f"a message has at most {MAX_METADATA} metadata keys", field="metadata")
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
        raise TooLarge(f"a message has at most {MAX_LABELS} labels", field="labels")
    for place, label in enumerate(draft.labels):
        check_text(label, field=f"labels[{place}]", limit=MAX_LABEL)
        if not label.strip():
            raise BadInput("a label is empty", fix="leave it out", field=f"labels[{place}]")


def _check_context(draft: Draft) -> None:
    if len(draft.context) > MAX_CONTEXT:
        raise TooLarge(f"a message has at most {MAX_CONTEXT} context keys", field="context")
    for key, value in draft.context:
        if not _KEY.fullmatch(key):
            raise BadInput(
                f"{key[:100]!a} is not a context key",
                fix="use up to 64 letters, digits, dots, dashes and underscores",
                field="context",
            )
        check_text(value, field=f"context.{key}", limit=MAX_CONTEXT_VALUE)
