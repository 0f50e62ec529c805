"""Which messages belong together, by what they say of each other.

RFC 5322 section 3.6.4 for the fields, RFC 5256 section 2.1 for the subject.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

MAX_REFERENCES = 20  # on what we send
MAX_ANCESTORS = 100  # to look up on what we receive
MAX_SUBJECT = 998  # more than one line of RFC 5322 is no subject to compare

_ID = re.compile(r"<[!-;=?-~]{1,900}>")
# Section 2.1 of RFC 5256 knows re, fw and fwd; the rest is what German and Nordic programs write.
_LEADER = re.compile(r"(?i:(?:re|fwd?|aw|wg|sv|vs|antw)[ \t]*(?:\[[^\[\]]{0,100}\][ \t]*)?:[ \t]*)")
_BLOB = re.compile(r"\[[^\[\]]{0,100}\][ \t]*")
_TRAILER = re.compile(r"[ \t]*\(fwd\)\Z", re.IGNORECASE)
_WRAPPED = re.compile(r"\[fwd:[ \t]*(.*)\]", re.IGNORECASE)


class Subject(NamedTuple):
    """A base subject, and whether something around it says reply or forward."""

    base: str
    answers: bool


def is_message_id(text: str) -> bool:
    """Say whether `text` is a msg-id that we can write: brackets, printable ASCII, no spaces."""
    return _ID.fullmatch(text) is not None


def ancestors(in_reply_to: Sequence[str], references: Sequence[str]) -> tuple[str, ...]:
    """The ids by which to look for the thread, best first.

    In-Reply-To names the message that was answered; References follow from the
    newest to the oldest. Each id comes once, and a hostile list is cut.
    """
    return tuple(dict.fromkeys((*in_reply_to, *reversed(references))))[:MAX_ANCESTORS]


def references_for_reply(
    parent_id: str, parent_references: Sequence[str], parent_in_reply_to: Sequence[str]
) -> tuple[str, ...]:
    """The References of an answer: the parent's, and the parent itself.

    A parent without References lends its In-Reply-To, if that names one message.
    """
    before = parent_references or (parent_in_reply_to if len(parent_in_reply_to) == 1 else ())
    return trimmed((*before, parent_id))


def trimmed(ids: Sequence[str]) -> tuple[str, ...]:
    """The ids that can be written, each once; of too many the first and the newest.

    The first is the root of the thread, the last the parent; by the newest a reader
    finds the branch.
    """
    usable = [one for one in ids if is_message_id(one)]
    unique = (*dict.fromkeys(one for one in usable if one != usable[-1]), *usable[-1:])
    if len(unique) <= MAX_REFERENCES:
        return unique
    return (unique[0], *unique[1 - MAX_REFERENCES :])


def base_subject(subject: str) -> str:
    """The subject without what answering and forwarding put around it (RFC 5256 section 2.1).

    Two messages are only ever compared by it where their participants agree too.
    """
    return read_subject(subject).base


def read_subject(subject: str) -> Subject:
    """Take a subject apart as RFC 5256 section 2.1 does."""
    text = " ".join(subject[:MAX_SUBJECT].split())
    answers = False
    while True:
        end = len(text)
        while trailer := _TRAILER.search(text, max(0, end - 100), end):
            end, answers = trailer.start(), True
        start, led = _after_leaders(text, end)
        answers |= led
        wrapped = _WRAPPED.fullmatch(text, start, end)
        if wrapped is None:
            return Subject(text[start:end], answers)
        text, answers = wrapped[1].strip(), True


def _after_leaders(text: str, end: int) -> tuple[int, bool]:
    """Skip leaders, and blobs such as [team] that something follows; say whether there was a leader."""
    start, led = 0, False
    while True:
        leader = _LEADER.match(text, start, end) or _LEADER.match(text, _after_blob(text, start, end), end)
        if leader:
            start, led = leader.end(), True
            continue
        after = _after_blob(text, start, end)
        if after in (start, end) or text[start : start + 5].lower() == "[fwd:":
            return start, led
        start = after


def _after_blob(text: str, start: int, end: int) -> int:
    blob = _BLOB.match(text, start, end)
    return blob.end() if blob else start
