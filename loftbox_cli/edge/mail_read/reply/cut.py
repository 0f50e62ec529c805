"""Which lines of a mail are new: the one rule for text and for rendered HTML.

Line by line, and each is looked at a bounded number of times, so that no text makes it
slow.
"""

from collections.abc import Sequence
from enum import Enum

from loftbox_cli.edge.mail_read.reply import attribution, block, mark, signature

_NEAR = 8  # lines in which the next one with words must stand
_WRAPPED = 55  # characters: a quoted line so long may have lost its end to the next
_MARK_STARTS = "-_=*—─━>|+[#"


class Fate(Enum):
    """What becomes of a line."""

    NEW = "new"
    QUOTED = "quoted"
    SIGNED = "signed"  # a signature, a notice or a footer


def fates(lines: Sequence[str], *, forward: bool = False) -> list[Fate]:
    """Judge every line. In a `forward` the message below its header block is what is shown to us."""
    judged = [Fate.NEW] * len(lines)
    forwarded = _quotations(lines, judged, forward=forward)
    _close_gaps(lines, judged)
    at = 0
    while at < forwarded:
        if judged[at] is not Fate.NEW:
            at += 1
            continue
        start = at
        while at < forwarded and judged[at] is Fate.NEW:
            at += 1
        for gone in signature.cut(lines[start:at], is_first=start == 0):
            judged[start + gone] = Fate.SIGNED
    return judged


def _quotations(lines: Sequence[str], judged: list[Fate], *, forward: bool) -> int:
    """Mark what is quoted; answer where a forwarded message starts, or the end."""
    attributions = attribution.find(lines)
    has_prompts = not attributions and not any(
        mark.is_quoted(line) and not mark.is_prompt(line) for line in lines
    )
    at = 0
    while at < len(lines):
        line = lines[at]
        if mark.is_quoted(line) and not has_prompts:
            judged[at] = Fate.QUOTED
            at += 1
            continue
        if _goes_on(lines, judged, at):
            judged[at] = Fate.QUOTED
            at += 1
            continue
        end = attributions.get(at, at)
        if end == at:
            head = line[:80].lstrip()
            if head[:1] in _MARK_STARTS or "\uff1a" in head or ":" in head or "reply above" in head:
                said = mark.of(line)
                if block.is_forward(said):
                    return at
                if not forward:
                    end = _end_of_head(lines, at, attributions)
        if end == at:
            at += 1
            continue
        below = _next_written(lines, end)
        if below < len(lines) and mark.is_quoted(lines[below]):
            judged[at:end] = [Fate.QUOTED] * (end - at)
            at = end
            continue
        # Quoted without marks, as Outlook and HTML do: nothing tells old from new any more.
        judged[at:] = [Fate.QUOTED] * (len(lines) - at)
        break
    return len(lines)


def _close_gaps(lines: Sequence[str], judged: list[Fate]) -> None:
    """An empty line between quoted ones belongs to them."""
    last = -2  # the last quoted line, while only empty lines follow it
    for at, line in enumerate(lines):
        if judged[at] is Fate.QUOTED:
            if 0 <= last < at - 1:
                judged[last + 1 : at] = [Fate.QUOTED] * (at - 1 - last)
            last = at
        elif line.strip(" \t\r\u00a0\u200b\ufeff"):
            last = -2


def _end_of_head(lines: Sequence[str], at: int, attributions: dict[int, int]) -> int:
    """The line after what stands above an earlier message; `at` itself when nothing does."""
    is_rule = block.is_rule(lines[at])
    if not is_rule and not block.is_separator(mark.of(lines[at])):
        return block.end_of_fields(lines, at)
    below = _next_written(lines, at + 1)
    if below == len(lines):
        return at if is_rule else at + 1
    if below in attributions:
        return attributions[below]
    end = block.end_of_fields(lines, below)
    if end > below:
        return end
    if is_rule:
        return below + 1 if block.is_separator(mark.of(lines[below])) else at
    return at + 1


def _goes_on(lines: Sequence[str], judged: list[Fate], at: int) -> bool:
    """Whether the line is the end of a quoted one that a program broke in two."""
    if at == 0 or at + 1 >= len(lines) or judged[at - 1] is not Fate.QUOTED:
        return False
    above, line = lines[at - 1].rstrip(), lines[at].strip()
    return (
        len(above) >= _WRAPPED
        and line[:1].islower()
        and len(line) < _WRAPPED
        and above[-1:] not in ".!?:"
        and mark.is_quoted(lines[at - 1])
        and mark.is_quoted(lines[at + 1])
    )


def _next_written(lines: Sequence[str], at: int) -> int:
    """The next line with words, if it is near."""
    for place in range(at, min(at + _NEAR, len(lines))):
        if lines[place].strip(" \t\r\u00a0\u200b\ufeff"):
            return place
    return len(lines)
