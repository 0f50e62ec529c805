"""The answer that a person's mail program writes to a message: RFC 5322 section 3.6.4.

It is written with the standard library alone, as another system would write it, so
that what reads it here meets a stranger's hand.
"""

from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

# Folded at 78, a long Message-ID would become an encoded word, which RFC 2047 section 5 forbids.
_UNFOLDED = policy.SMTP.clone(max_line_length=998)


def answer(original: bytes, text: str, *, from_: str, date: datetime, message_id: str) -> bytes:
    """Compose the answer of `from_` to `original`, which it quotes below `text`."""
    asked = message_from_bytes(original, policy=_UNFOLDED)
    mail = EmailMessage(policy=_UNFOLDED)
    mail["Date"] = format_datetime(date)
    mail["From"] = Address(addr_spec=from_)
    mail["To"] = asked.get("Reply-To") or asked["From"]
    mail["Subject"] = _subject(str(asked["Subject"] or ""))
    mail["Message-ID"] = message_id
    parent = str(asked["Message-ID"] or "").strip()
    if parent:
        mail["In-Reply-To"] = parent
        mail["References"] = f"{asked['References'] or ''} {parent}".strip()
    mail.set_content("\n".join((text, "", *_quoted(asked))))
    return mail.as_bytes()


def _subject(subject: str) -> str:
    return subject if subject[:3].lower() == "re:" else f"Re: {subject}"


def _quoted(asked: EmailMessage) -> Iterator[str]:
    yield f"On {asked['Date']}, {asked['From']} wrote:"
    body = asked.get_body(("plain",))
    lines = body.get_content().splitlines() if body is not None else []
    yield from (f"> {line}".rstrip() for line in lines)
