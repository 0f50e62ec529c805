"""The structure of a mail as a list that can be compared, and the files in it."""

import hashlib
from collections.abc import Mapping, Sequence

from loftbox_cli.core.reading import Attachment, MimePart
from loftbox_cli.edge.mail_read import filename
from loftbox_cli.edge.mail_read.fields import plain, shown
from loftbox_cli.edge.mail_read.mime import NO_PARENT, Part

# Where two programs may read two different mails out of the same octets.
_AMBIGUOUS = frozenset(
    (
        "boundary_after_end", "boundary_encoded", "boundary_missing", "boundary_not_closed",
        "boundary_reused", "comment_in_transfer_encoding", "comment_in_type", "content_disposition_twice",
        "content_transfer_encoding_twice", "content_type_malformed", "content_type_twice", "from_twice",
        "multipart_encoded", "parameter_twice", "transfer_encoding_unknown",
    )
)  # fmt: skip


def is_ambiguous(defects: Mapping[str, None]) -> bool:
    """Whether two programs may disagree about what the mail says."""
    return not _AMBIGUOUS.isdisjoint(defects)


def structure_of(
    parts: Sequence[Part], octets: Mapping[int, bytes], defects: Mapping[int, str]
) -> tuple[MimePart, ...]:
    """List all parts, embedded ones too; of those nothing is decoded but to count it."""
    return tuple(
        MimePart(
            place=part.place,
            parent=None if part.parent == NO_PARENT else part.parent,
            content_type=part.content_type,
            charset=part.parameters.get("charset", "").lower(),
            disposition=part.disposition,
            filename=filename.clean(part.name),
            content_id=_content_id(part),
            size=_size(part, octets),
            encoding=part.encoding,
            defects=(*part.defects, *((defects[part.place],) if part.place in defects else ())),
        )
        for part in parts
    )


def attachments_of(
    attached: Sequence[Part], parts: Sequence[Part], octets: Mapping[int, bytes], html: str
) -> tuple[Attachment, ...]:
    """The files, in order. What is shown within the HTML is marked as inline."""
    return tuple(
        Attachment(
            part=part.place,
            filename=_name(part, parts),
            content_type=part.content_type,
            size=len(octets[part.place]),
            sha256=hashlib.sha256(octets[part.place]).hexdigest(),
            inline=_is_inline(part, html),
            content_id=_content_id(part),
        )
        for part in attached
        if octets[part.place] or part.parent != NO_PARENT
    )


def _content_id(part: Part) -> str:
    return plain(part.block.first("content-id").strip("<> "))


def _size(part: Part, octets: Mapping[int, bytes]) -> int:
    if part.is_container:
        return 0
    if part.place in octets:
        return len(octets[part.place])
    return len(part.content()[0])


def _is_inline(part: Part, html: str) -> bool:
    if part.disposition == "inline":
        return True
    content_id = _content_id(part)
    return bool(content_id) and part.disposition != "attachment" and f"cid:{content_id}" in html


def _name(part: Part, parts: Sequence[Part]) -> str:
    """The declared name; an embedded mail goes by its subject, an invitation by its method (RFC 5546)."""
    if part.name:
        return filename.clean(part.name)
    if part.is_message and part.place + 1 < len(parts) and parts[part.place + 1].parent == part.place:
        subject = shown(parts[part.place + 1].block.first("subject"))
        return filename.clean(f"{subject.replace('/', '_')[:100] or 'message'}.eml")
    if part.content_type == "text/calendar":
        return filename.clean(f"{part.parameters.get('method', '').lower()[:20] or 'calendar'}.ics")
    return ""
