"""The text of a message within another one: below an answer, or handed on.

What a stranger wrote stands as text, also within HTML: their markup may hide words, load
images that tell who reads, or run on into ours.
"""

from dataclasses import replace
from html import escape

from loftbox_cli.core.draft import Draft
from loftbox_cli.core.message import Message
from loftbox_cli.core.reading import Party

_HANDED_ON = "---------- Forwarded message ----------"


def quoted(parent: Message, draft: Draft) -> Draft:
    """Put the parent below the answer, each line behind ">"."""
    who = ", ".join(map(_spelled, parent.from_)) or "somebody"
    intro = f"On {parent.created_at:%Y-%m-%d %H:%M} UTC, {who} wrote:"
    said = _lines(parent)
    below = "\n".join((intro, *(f"> {line}" if line else ">" for line in said)))
    block = f"<p>{escape(intro)}</p>\n<blockquote>{_as_html(said)}</blockquote>"
    return _below(draft, below, block)


def handed_on(parent: Message, draft: Draft) -> Draft:
    """Put the parent below the draft as it came, under the fields that tell where from."""
    fields = [
        f"From: {', '.join(map(_spelled, parent.from_))}",
        f"Date: {parent.created_at:%Y-%m-%d %H:%M} UTC",
        f"Subject: {parent.subject}",
        *([f"To: {', '.join(map(_spelled, parent.to))}"] if parent.to else []),
        *([f"Cc: {', '.join(map(_spelled, parent.cc))}"] if parent.cc else []),
    ]
    said = (_HANDED_ON, *fields, "", *_lines(parent))
    return _below(draft, "\n".join(said), f"<div>{_as_html(said)}</div>")


def _below(draft: Draft, text: str, html: str) -> Draft:
    """Who wrote HTML alone gets no text beside it: the two would say different things."""
    only_html = draft.html.strip() and not draft.text.strip()
    return replace(
        draft,
        text="" if only_html else _joined(draft.text, text),
        html=_joined(draft.html, html) if draft.html.strip() else "",
    )


def _joined(above: str, below: str) -> str:
    return f"{above.rstrip()}\n\n{below}\n" if above.strip() else f"{below}\n"


def _lines(message: Message) -> tuple[str, ...]:
    return tuple(message.text.replace("\0", "").splitlines())


def _as_html(lines: tuple[str, ...]) -> str:
    return "<br>\n".join(map(escape, lines))


def _spelled(party: Party) -> str:
    return f"{party.name} <{party.address}>" if party.name else party.address
