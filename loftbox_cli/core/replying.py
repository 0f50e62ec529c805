"""What an answer takes over from the message that it answers (RFC 5322 section 3.6.4 and 3.6.5)."""

import re
from dataclasses import replace

from loftbox_cli.core.draft import Draft
from loftbox_cli.core.header import MAX_SUBJECT
from loftbox_cli.core.message import Direction, Message

_ANSWERS = re.compile(r"re\s*:", re.IGNORECASE)


def reply_to(parent: Message, draft: Draft) -> Draft:
    """Fill in what the writer left open: whom the answer goes to, and its subject.

    It goes to who wrote the parent, or, after a message of ours, to whom we wrote.
    """
    others = parent.from_ if parent.direction is Direction.INBOUND else parent.to
    return replace(
        draft,
        to=draft.to or others,
        subject=draft.subject or _subject(parent.subject),
        in_reply_to=parent.id,
    )


def _subject(subject: str) -> str:
    if not subject or _ANSWERS.match(subject):
        return subject
    return f"Re: {subject}"[:MAX_SUBJECT]
