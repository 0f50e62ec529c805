"""Which lines of a mail are new: the one rule for text and for rendered HTML.

Line by line. Each is looked at a bounded number of times, and only so many that look like
a mark are looked into, so that no text makes it slow.
"""

from collections.abc import Sequence
from enum import Enum
from itertools import groupby

from loftbox_cli.edge.mail_read.reply import attribution, block, signature
from loftbox_cli.edge.mail_read.reply.mark import Lines

MAX_LOOKS = 1_000  # lines of one mail that could head an earlier message
MAX_PASSAGES = 1_000  # that are searched for signatures
_WRAPPED = 55  # characters: a quoted line so long may have lost its end to the next
_MARK_STARTS = frozenset("-_=*\u2010—─|+[#")
_NAME = 45  # characters in which the colon of a field stands


class Fate(Enum):
    """What becomes of a line."""

    NEW = "new"
    QUOTED = "quoted"
    SIGNED = "signed"  # a signature, a notice or a footer


NEW, QUOTED, SIGNED = Fate


def fates(raw: Sequence[str], *, forward: bool = False) -> list[Fate]:
    """Judge every line. In a `forward` the message below its header block is what is shown to us."""
    lines = Lines(raw)
    judged = [QUOTED if quoted else NEW for quoted in lines.quoted]
    end = _Quotations(lines, judged, forward=forward).mark()
    _close_gaps(lines, judged)
    at = 0
    passages = MAX_PASSAGES
    for fate, passage in groupby(judged[:end]):
        start, at = at, at + len(list(passage))
        if fate is NEW and passages > 0:
            passages -= 1
            for gone in signature.cut(raw[start:at], is_first=start == 0):
                judged[start + gone] = SIGNED
    return judged


class _Quotations:
    """What is quoted without a mark on each line, and the heads of what is marked."""

    def __init__(self, lines: Lines, judged: list[Fate], *, forward: bool) -> None:
        self._lines = lines
        self._judged = judged
        self._forward = forward
        self._attributions = attribution.find(lines)
        self._looks = MAX_LOOKS

    def mark(self) -> int:
        """Judge the lines; answer where a forwarded message starts, or the end."""
        lines, judged = self._lines, self._judged
        for at in self._places():
            if judged[at] is QUOTED:
                continue
            if at and judged[at - 1] is QUOTED and self._goes_on(at):
                judged[at] = QUOTED
                continue
            end = self._attributions.get(at, at)
            if end == at and self._looks > 0 and _looks_like_a_head(lines.raw[at]):
                self._looks -= 1
                if block.is_forward(lines.mark(at)):
                    judged[at:] = [NEW] * (len(lines) - at)
                    return at
                end = at if self._forward else self._end_of_head(at)
            if end == at:
                continue
            below = lines.next_written(end)
            if below == len(lines) or not lines.quoted[below]:
                # Quoted without marks, as Outlook and HTML do: nothing tells old from new any more.
                end = len(lines)
            judged[at:end] = [QUOTED] * (end - at)
        return len(lines)

    def _places(self) -> list[int]:
        """The lines that could be marks at all, by a sign that is quickly looked for."""
        raw, quoted = self._lines.raw, self._lines.quoted
        whole = "\n".join(line for line, skipped in zip(raw, quoted, strict=True) if not skipped)
        if "\uff1a" in whole or "reply above" in whole.lower():
            return [at for at, line in enumerate(raw) if line]
        places = {
            at
            for at, line in enumerate(raw)
            if line and not quoted[at] and (":" in line or not line[0].isalnum())
        }
        places |= self._attributions.keys()
        if True in quoted:
            # The end of a quoted line stands between two others.
            around = enumerate(zip(quoted, quoted[2:], strict=False), start=1)
            places |= {at for at, (above, below) in around if above and below and raw[at]}
        return sorted(places)

    def _end_of_head(self, at: int) -> int:
        """The line after what stands above an earlier message; `at` itself when nothing does."""
        lines = self._lines
        is_rule = block.is_rule(lines.raw[at])
        if not is_rule and not block.is_separator(lines.mark(at)):
            return block.end_of_fields(lines, at)
        below = lines.next_written(at + 1)
        if below == len(lines):
            return at if is_rule else at + 1
        if below in self._attributions:
            return self._attributions[below]
        end = block.end_of_fields(lines, below)
        if end > below:
            return end
        if is_rule:
            return below + 1 if block.is_separator(lines.mark(below)) else at
        return at + 1

    def _goes_on(self, at: int) -> bool:
        """Whether the line is the end of a quoted one that a program broke in two."""
        lines = self._lines
        if at + 1 >= len(lines) or not lines.quoted[at - 1] or not lines.quoted[at + 1]:
            return False
        above, line = lines.raw[at - 1].rstrip(), lines.raw[at].strip()
        is_long = len(above) >= _WRAPPED > len(line)
        return is_long and line[:1].islower() and above[-1:] not in ".!?:"


def _looks_like_a_head(line: str) -> bool:
    head = line[:_NAME]
    if (":" in head or "\uff1a" in head) and (line.rstrip().endswith((":", "\uff1a")) or block.kind_of(line)):
        return True
    return head.lstrip()[:1] in _MARK_STARTS or "reply above" in line[:200].lower()


def _close_gaps(lines: Lines, judged: list[Fate]) -> None:
    """An empty line between quoted ones belongs to them."""
    if QUOTED not in judged:
        return
    last = -2  # the last quoted line, while only empty lines follow it
    for at, fate in enumerate(judged):
        if fate is QUOTED:
            if 0 <= last < at - 1:
                judged[last + 1 : at] = [QUOTED] * (at - 1 - last)
            last = at
        elif last >= 0 and not lines.is_blank(at):
            last = -2
