"""The new part of a plain text."""

import re
from dataclasses import dataclass

from loftbox_cli.edge.mail_read.reply.cut import Fate, fates

_LINE_END = re.compile("\r\n?|\n")
_UNWRITTEN = " \t\r\n\u00a0\u200b\ufeff"


@dataclass(frozen=True, slots=True)
class NewPart:
    """What is new in a text, and what it quotes; "" for none."""

    text: str
    quoted: str


def new_part(text: str, *, forward: bool = False) -> NewPart:
    """Divide a text. Never raises, and takes time linear in `text`."""
    lines = _LINE_END.split(text) if "\r" in text else text.split("\n")
    judged = fates(lines, forward=forward)
    return NewPart(text=_joined(lines, judged, Fate.NEW), quoted=_joined(lines, judged, Fate.QUOTED))


def _joined(lines: list[str], judged: list[Fate], wanted: Fate) -> str:
    kept = lines if judged.count(wanted) == len(judged) else _picked(lines, judged, wanted)
    first = next((at for at, line in enumerate(kept) if line.strip(_UNWRITTEN)), len(kept))
    return "\n".join(kept[first:]).rstrip(_UNWRITTEN)


def _picked(lines: list[str], judged: list[Fate], wanted: Fate) -> list[str]:
    """The wanted lines; of the empty ones around what was taken out those above are enough."""
    kept: list[str] = []
    is_below_gap = False
    for line, fate in zip(lines, judged, strict=True):
        if fate is not wanted:
            is_below_gap = True
        elif line.strip(_UNWRITTEN):
            is_below_gap = False
            kept.append(line)
        elif not (is_below_gap and kept and not kept[-1].strip(_UNWRITTEN)):
            kept.append(line)
    return kept
