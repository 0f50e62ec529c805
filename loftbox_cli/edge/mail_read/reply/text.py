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
    kept: list[str] = []
    is_after_gap = True  # where lines were taken out, one of the empty lines around them parts enough
    for line, fate in zip(lines, judged, strict=True):
        if fate is not wanted:
            is_after_gap = True
        elif line.strip(_UNWRITTEN):
            is_after_gap = False
            kept.append(line)
        elif kept and not (is_after_gap and not kept[-1].strip(_UNWRITTEN)):
            kept.append(line)
    return "\n".join(kept).rstrip(_UNWRITTEN)
