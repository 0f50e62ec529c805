"""A conversation as a person reads it: who, when, what each one added, and what became of it.

Of a mail that came in only the new part is shown; what it quotes is folded into a
line that counts it. Everything that a stranger wrote has lost what a terminal obeys.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from loftbox_cli.core.decision import Answer
from loftbox_cli.core.message import Direction, Relation
from loftbox_cli.core.plain_text import plain_line, plain_text
from loftbox_cli.core.reading import Automation
from loftbox_cli.core.thread import MatchedBy
from loftbox_cli.core.views.message import AttachmentView, MessageView, PartyView
from loftbox_cli.core.views.thread import ConversationView, TurnView

_MARGIN = "    "
_QUOTED = re.compile(r"(?:^>.*\n?){3,}", re.MULTILINE)
_SURE = (MatchedBy.RETURN_PATH, MatchedBy.OWN_MESSAGE_ID, MatchedBy.IN_REPLY_TO, MatchedBy.NOTHING)


def conversation_lines(view: ConversationView) -> Iterator[str]:
    """Write a thread, line by line."""
    return map(plain_line, _told(view))


def _told(view: ConversationView) -> Iterator[str]:
    yield view.subject or "(no subject)"
    count = f"{view.total} message{'' if view.total == 1 else 's'}"
    yield f"{view.mailbox}  {view.id}  {view.state}  {count}"
    others = [each for each in view.participants if each.address != view.mailbox]
    if others:
        yield "with " + ", ".join(_named(each.name, each.address) for each in others)
    if view.related:
        yield "see also " + ", ".join(view.related)
    for turn in view.messages.data:
        yield ""
        yield from _turn(turn)


def _turn(turn: TurnView) -> Iterator[str]:
    to = _parties((*turn.to, *turn.cc)) or ", ".join(turn.rcpt_to)
    yield f"{_when(turn.created_at)}  {_parties(turn.from_) or '(nobody)'} to {to or '(nobody)'}"
    yield f"{_MARGIN}{turn.id}  {', '.join((turn.state, *_marks(turn)))}"
    if body := _body(turn):
        yield ""
        yield from (f"{_MARGIN}{line}".rstrip() for line in body.split("\n"))
    notes = [*_notes(turn)]
    if notes:
        yield ""
        yield from (f"{_MARGIN}{note}" for note in notes)


def _marks(turn: MessageView) -> Iterator[str]:
    """What a reader should know of a message before believing it."""
    if turn.relation is not Relation.NOT_INBOUND:
        yield turn.relation.value.replace("_", " ")
    if turn.matched_by not in _SURE:
        yield f"matched by {turn.matched_by.value.replace('_', ' ')}"
    if turn.automation not in (Automation.NONE, Automation.OWN):
        yield turn.automation.value.replace("_", " ")


def _body(turn: MessageView) -> str:
    if turn.direction is Direction.INBOUND:
        return plain_text(turn.reply_text or turn.text).strip("\n")
    return _QUOTED.sub(lambda quoted: f"[{_lines(quoted[0])} quoted]\n", plain_text(turn.text)).strip("\n")


def _notes(turn: MessageView) -> Iterator[str]:
    if turn.direction is Direction.INBOUND and turn.reply_text and turn.quoted_text.strip():
        yield f"[{_lines(turn.quoted_text)} quoted]"
    for file in turn.attachments:
        yield _attached(file)
    if turn.decision is not None and turn.decision.answer is not Answer.ALLOW:
        yield f"{turn.decision.answer}: {', '.join(turn.decision.reasons)}"
    for delivery in turn.deliveries:
        yield ", ".join(filter(None, (f"{delivery.recipient}: {delivery.state}", delivery.last_words)))


def _attached(file: AttachmentView) -> str:
    return f"attached: {file.filename or 'a file without a name'}  {file.content_type}  {file.size} octets"


def _lines(text: str) -> str:
    count = len(text.strip("\n").split("\n"))
    return f"{count} line{'' if count == 1 else 's'}"


def _parties(parties: Sequence[PartyView]) -> str:
    return ", ".join(_named(each.name, each.address) for each in parties)


def _named(name: str, address: str) -> str:
    return f"{name} <{address}>" if name else address


def _when(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}"
