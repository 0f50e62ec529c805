"""Signatures, notices and footers at the end of what was written.

RFC 3676 section 4.3 names the one mark that a program may rely on: "-- ". Phones write
"Sent from my phone", people set "-Jane", lists draw a line, legal departments append a
notice. Only the end of a passage is searched, and a rule that could hit a person's own
words asks for two signs.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from loftbox_cli.edge.mail_read.reply import mark
from loftbox_cli.edge.mail_read.reply.openings import Endings, Openings
from loftbox_cli.edge.mail_read.reply.signature_words import (
    BANNERS,
    CLOSINGS,
    DEVICES,
    DISCLAIMING,
    FOOTERS,
    NOTICE_OPENINGS,
    SENT_CLOSINGS,
    SENT_FROM_MINE,
    SENT_OPENINGS,
)

MAX_TAIL = 80  # lines from the end in which a signature may start
_MAX_AFTER_DASHES = 25  # lines with words below "--" without its space
_MAX_AFTER_RULE = 12
_MAX_DEVICE = 130  # characters
_MAX_CONTACTS = 16  # lines, the closing and the names among them
_MAX_CARD = 6  # words of a line on it
_NEAR_NOTICE = 6  # lines of a notice in which its words stand

_SENT = Openings(SENT_OPENINGS)
_SENT_AT_END = Endings(SENT_CLOSINGS)
_NOTICE = Openings(NOTICE_OPENINGS)
_FOOTER = Openings(FOOTERS)

_SENT_LETTERS, _SENT_LAST = _SENT.letters, _SENT_AT_END.letters
_STARTING = _FOOTER.letters | _NOTICE.letters  # the first two of a line that starts a footer or a notice
_ORNAMENTS = frozenset("-_=*\u2013—─━[(# !")  # which stand before them, or are all of the line
_AROUND = "-\u2013—_ ~|>[](.\u3002!"  # what may stand around "Sent from my phone"
# Links hide the outer letters, and a store of programs asks for one in any words.
_DEVICE_SIGNS = ("<", "(", "[", "]", "://", "outlook")
_DRAWN = frozenset("-_=*\u2013—─━")  # with one of them a delimiter or a rule begins
_DASHES = "-\u2013— "
_ARMOUR = "-----begin pgp signature-----"  # RFC 9580 section 7
_DELIMITER = re.compile(r"(?:--|—|\u2013|__)\s*")
_RULE = re.compile(r"[-_=*—─━]{3,}")
_SHORT_NAME = re.compile(r"(?:-(?=\w)|--\s?|—\s?)([^\W\d_][\w.'\u2019]*(?:[ -][^\W\d_][\w.'\u2019]*){0,3})")
_LINK = re.compile(r"<[^<>]{0,300}>|\((?:https?|mailto)[^()]{0,300}\)|https?://\S{1,300}|[\[\]]")
_CONTACT = re.compile(
    r"https?://|www\.|[^\s@]{1,64}@[^\s@]{1,200}\.[a-z]|\b(?:tel|phone|fax|mobile|mob|cell|handy|telefon|tél|telefono"
    r"|teléfono|web|skype|linkedin)\b ?[.:]|[+(]\d[\d ().\-/]{6,20}\d"
)
_LIST_WORDS = ("mailing list", "mailman", "listinfo", "unsubscribe", "lists.", "abmelden", "désabonn")
# A store of programs names the one that it wants to be installed: "Get Outlook for iOS".
_STORE = re.compile(r"(?:\w+ ){1,3}outlook \w+ (?:ios|android)(?: \w+)?")
_SENTENCE = re.compile(r"[.!?]\s|[?!]$")


def cut(lines: Sequence[str], *, is_first: bool) -> set[int]:
    """The places of the lines that are not the message, among `lines` without a quotation."""
    gone: set[int] = set()
    if is_first:
        gone |= _banner(lines)
    tail = _Tail.of(lines)
    first, end = tail.first, tail.end
    for at in tail.may_start():
        if tail.starts(at):
            end = _above_links(tail, at)
            gone |= set(range(end, len(lines)))
            break
    gone |= _devices(tail, end)
    end = _last_written(lines, end, gone) + 1
    name = end - 1
    if name > first and _is_short_name(lines, name, first):
        gone.add(name)
        return gone
    below = _contact_block(tail, end)
    return gone | set(range(below, end))


@dataclass(frozen=True, slots=True)
class _Tail:
    """The last lines of a passage from the `first` with words on, each with its mark, made once."""

    lines: Sequence[str]
    first: int
    end: int
    marks: Sequence[str]  # of the lines from `first` on
    is_all: bool  # nothing stands above

    @classmethod
    def of(cls, lines: Sequence[str]) -> "_Tail":
        end = len(lines)
        start = max(0, end - MAX_TAIL)
        first = next((at for at in range(start, end) if lines[at].strip()), end)
        return cls(lines, first, end, mark.of_all(lines[first:]), is_all=not start)

    def mark(self, at: int) -> str:
        return self.marks[at - self.first]

    def may_start(self) -> list[int]:
        """The lines whose first letters allow `starts`."""
        return [
            at
            for at, said in enumerate(self.marks, self.first)
            if said[:2] in _STARTING or said[:1] in _ORNAMENTS
        ]

    def may_be_devices(self) -> list[int]:
        """The lines whose outer letters allow `is_device`, or that have a sign of their own."""
        whole = "\n".join(self.marks)
        signs = [sign for sign in _DEVICE_SIGNS if sign in whole]
        return [
            at
            for at, said in enumerate(self.marks, self.first)
            if (bare := said.strip(_AROUND))[:2] in _SENT_LETTERS
            or bare[-2:] in _SENT_LAST
            or (signs and any(sign in said for sign in signs))
        ]

    def starts(self, at: int) -> bool:
        """Whether everything from this line on is a signature, a notice or a footer."""
        said = self.mark(at)
        if said[:1] in _DRAWN:
            if said == _ARMOUR:
                return True
            if _DELIMITER.fullmatch(said):
                return self.lines[at].rstrip("\r") == "-- " or len(self._below(at)) <= _MAX_AFTER_DASHES
            if _RULE.fullmatch(said):
                return self._is_footer(self._below(at))
        if _FOOTER.begin(said.lstrip(_DASHES)):
            return len(self._below(at)) <= _MAX_AFTER_RULE
        if not _opens_notice(said) or (at == self.first and self.is_all) or not self._stands_apart(at):
            return False
        end = at - self.first + _NEAR_NOTICE
        return _disclaims(self.marks[at - self.first : end])

    def _below(self, at: int) -> list[str]:
        """The marks of the lines below that one, without those that are empty."""
        place = at - self.first + 1
        below = zip(self.lines[at + 1 :], self.marks[place:], strict=True)
        return [said for line, said in below if line.strip()]

    def _stands_apart(self, at: int) -> bool:
        if at == 0 or not self.lines[at - 1].strip():
            return True
        return _RULE.fullmatch(mark.of(self.lines[at - 1])) is not None

    def _is_footer(self, below: Sequence[str]) -> bool:
        """Whether what stands below a rule was not written for this mail."""
        if len(below) > _MAX_AFTER_RULE:
            return False
        return (
            not below
            or any(map(_FOOTER.begin, below))
            or _are_contacts(below)
            or _is_card(below)
            or _is_list_footer(below)
            or _is_notice_within(below)
        )


def _above_links(tail: _Tail, at: int) -> int:
    """Where the lines start that are nothing but links and stand right above a footer."""
    while at > tail.first and tail.mark(at - 1) and not _LINK.sub("", tail.mark(at - 1)).strip("\u00a0 "):
        at -= 1
    return at


def is_notice(said: Sequence[str]) -> bool:
    """Whether these marks start a notice of confidentiality."""
    return _opens_notice(said[0]) and _disclaims(said)


def _opens_notice(said: str) -> bool:
    return _NOTICE.begin(said.lstrip("[(*_#! "))


def _disclaims(said: Sequence[str]) -> bool:
    whole = " ".join(said)
    return sum(word in whole for word in DISCLAIMING) >= 2


def _is_notice_within(below: Sequence[str]) -> bool:
    return any(is_notice(below[at : at + _NEAR_NOTICE]) for at in range(min(3, len(below))))


def _is_list_footer(below: Sequence[str]) -> bool:
    whole = " ".join(below)
    return any(word in whole for word in _LIST_WORDS)


def _are_contacts(below: Sequence[str]) -> bool:
    """Two signs of a contact block, and no sentence."""
    signs = sum(len(_CONTACT.findall(line)) + ("|" in line) for line in below)
    return signs >= 2 and not any(_SENTENCE.search(line) and len(line.split()) > 8 for line in below)


def _is_card(below: Sequence[str]) -> bool:
    """Short lines, one of them a way to reach somebody: under a rule one is enough."""
    short = all(len(line.split()) <= _MAX_CARD for line in below)
    return len(below) > 1 and short and any(map(_CONTACT.search, below))


def _devices(tail: _Tail, end: int) -> set[int]:
    """Lines that a phone or a program added, each with the rest of its paragraph when that is the last."""
    gone: set[int] = set()
    lines = tail.lines
    for at in tail.may_be_devices():
        if at < end and 3 < len(lines[at]) <= 400 and is_device(tail.mark(at)):
            gone.add(at)
            rest = at + 1
            while rest < end and lines[rest].strip():
                rest += 1
            if rest - at <= 3 and not any(line.strip() for line in lines[rest:end]):
                gone |= set(range(at, rest))
    return gone


def is_device(said: str) -> bool:
    """Say whether the mark is "Sent from my phone" in any language."""
    said = " ".join(_LINK.sub(" ", said).split()).strip("-\u2013—_ ~|>[](")
    if not said or len(said) > _MAX_DEVICE:
        return False
    if _STORE.fullmatch(said):
        return True
    opened = _SENT.begin(said)
    if not opened and not _SENT_AT_END.end(said.rstrip(".\u3002!")):
        return False
    head = re.split(r"[,;!(]|\. ", said)[0] if opened else said
    if len(head.split()) > 12:
        return False
    if said.startswith(SENT_FROM_MINE):
        rest = said.split()[3:]
        return (len(rest) <= 4 and "," not in said) or any(device in head for device in DEVICES)
    return any(device in head for device in DEVICES)


def _banner(lines: Sequence[str]) -> set[int]:
    """A warning of the reader's own mail server, above the first words."""
    at = next((place for place, line in enumerate(lines[:10]) if line.strip()), len(lines))
    if at == len(lines) or not mark.of(lines[at]).replace("[", "").lstrip("*_! ").startswith(BANNERS):
        return set()
    end = at
    while end < len(lines) and end - at < _NEAR_NOTICE and lines[end].strip():
        end += 1
    return set(range(end))


def _last_written(lines: Sequence[str], end: int, gone: set[int]) -> int:
    place = end - 1
    while place >= 0 and (place in gone or not lines[place].strip()):
        place -= 1
    return place


def _is_short_name(lines: Sequence[str], at: int, first: int) -> bool:
    """Whether "-Jane" stands alone in the last paragraph, where it closes no list of points."""
    line = lines[at].strip()
    if len(line) > 60 or not _SHORT_NAME.fullmatch(line) or lines[at - 1].strip():
        return False
    if not line.lstrip("-— ")[:1].isupper():
        return False
    above = next((lines[place].strip() for place in range(at - 1, first - 1, -1) if lines[place].strip()), "")
    return bool(above) and not above.startswith("-")


def _contact_block(tail: _Tail, end: int) -> int:
    """Where the contact block starts below a closing and its name; `end` when there is none."""
    lines = tail.lines
    for at in range(end - 1, max(tail.first, end - _MAX_CONTACTS) - 1, -1):
        if not is_closing(tail.mark(at)):
            continue
        name = next((place for place in range(at + 1, end) if tail.mark(place)), end)
        if name == end or not _is_name(lines[name]) or _CONTACT.search(tail.mark(name)):
            continue
        below = [tail.mark(each) for each in range(name + 1, end) if lines[each].strip()]
        if _are_contacts(below):
            return name + 1
    return end


def _is_name(line: str) -> bool:
    words = line.partition(" | ")[0].strip().strip("*_").split()
    if not 1 <= len(words) <= 5:
        return False
    return not words[-1][:1].islower() and words[-1][-1:] not in ".:;?!"


def is_closing(said: str) -> bool:
    """Say whether the mark is "Kind regards," and no more."""
    return said.rstrip(",.!-\u2013 \u3002\uff0c") in CLOSINGS
