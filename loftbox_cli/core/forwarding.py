"""Handing a message on to somebody else.

Its text and its files become part of the new message. The other way would be to attach
the original as message/rfc822; but such a part may be encoded in no way (RFC 2046
section 5.2.1), so that not every mail could be carried in it as it came, and neither
policies nor the person who approves would see what is in it.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from loftbox_cli.core.draft import UNKNOWN_TYPE, Draft, File, is_file_type
from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.header import MAX_SUBJECT, check_filename, one_line
from loftbox_cli.core.message import Message
from loftbox_cli.core.quoting import handed_on
from loftbox_cli.core.reading import Attachment

_FORWARDS = re.compile(r"fwd?\s*:", re.IGNORECASE)


def forward(parent: Message, draft: Draft, files: Iterable[tuple[Attachment, bytes]] = ()) -> Draft:
    """Put the parent's text below the draft's, and its `files` behind the draft's own.

    It answers nothing, so there is no In-Reply-To; References name the parent all the same.
    """
    passed_on = handed_on(parent, draft)
    return replace(
        passed_on,
        subject=draft.subject or _subject(parent.subject),
        attachments=(*draft.attachments, *(_file(about, content) for about, content in files)),
        forwards=parent.id,
    )


def _file(about: Attachment, content: bytes) -> File:
    """A stranger named it: a name or type that we would not write gives way to a plain one."""
    filename = about.filename
    try:
        check_filename(filename, field="filename")
    except BadInput:
        filename = f"part-{about.part}"
    return File(filename, about.content_type if is_file_type(about.content_type) else UNKNOWN_TYPE, content)


def _subject(subject: str) -> str:
    subject = one_line(subject)
    return subject if _FORWARDS.match(subject) else f"Fwd: {subject}".rstrip()[:MAX_SUBJECT]
