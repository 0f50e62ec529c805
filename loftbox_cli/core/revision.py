"""What an approver changed in a message that waited, and what the change looks like.

An edit names what it changes and leaves the rest. The difference is told as a person
reads it (in the unified form of diff), not in encoded bytes: addresses, subject, text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import unified_diff

from loftbox_cli.core.draft import Draft, File
from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.ids import MessageId
from loftbox_cli.core.message import Message
from loftbox_cli.core.reading import Party

MOST_LINES = 400
LONGEST_LINE = 500


@dataclass(frozen=True, slots=True)
class Changes:
    """What an edit sets anew; None stays as it is."""

    to: tuple[Party, ...] | None = None
    cc: tuple[Party, ...] | None = None
    bcc: tuple[Party, ...] | None = None
    subject: str | None = None
    text: str | None = None
    html: str | None = None


@dataclass(frozen=True, slots=True)
class Revision:
    """One edit. `number` is the revision that it made, `replaced` the blob of the one before.

    `changed` names what is another than before, and `diff` shows it.
    """

    message_id: MessageId
    number: int
    replaced: str
    content_sha256: str
    changed: tuple[str, ...]
    diff: tuple[str, ...]
    by: str
    via: str
    why: str
    at: datetime


def draft_of(message: Message, files: Sequence[File]) -> Draft:
    """The draft that a message of ours was composed from; `files` are those that it carries."""
    return Draft(
        to=message.to,
        cc=message.cc,
        bcc=message.bcc,
        subject=message.subject,
        text=message.text,
        html=message.html,
        attachments=tuple(files),
        headers=tuple((header.name, header.value) for header in message.headers),
        metadata=tuple(message.metadata.items()),
        labels=message.labels,
        context=tuple(message.context.items()),
    )


def changed(draft: Draft, changes: Changes) -> tuple[Draft, tuple[str, ...]]:
    """The draft after an edit, and the names of what is another; raises BadInput when nothing is."""
    wanted = {
        name: value for name in Changes.__dataclass_fields__ if (value := getattr(changes, name)) is not None
    }
    other = tuple(name for name, value in wanted.items() if value != getattr(draft, name))
    if not other:
        raise BadInput(
            "the edit changes nothing", fix="set to, cc, bcc, subject, text or html to something else"
        )
    return replace(draft, **{name: wanted[name] for name in other}), other


def difference(before: Draft, after: Draft) -> tuple[str, ...]:
    """The lines of the difference, with three around each; what is longer than a screen can bear is cut."""
    lines = list(unified_diff(list(_read(before)), list(_read(after)), "before", "after", lineterm=""))
    cut = [line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + "…" for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        cut.append(f"… {len(lines) - MOST_LINES} more lines differ")
    return tuple(cut)


def _read(draft: Draft) -> Iterator[str]:
    for name, parties in (("To", draft.to), ("Cc", draft.cc), ("Bcc", draft.bcc)):
        for party in parties:
            yield f"{name}: {party.name} <{party.address}>" if party.name else f"{name}: {party.address}"
    yield f"Subject: {draft.subject}"
    yield ""
    yield from draft.text.splitlines()
    if draft.html:
        yield "[HTML]"
        yield from draft.html.splitlines()
