"""Where an earlier message starts that is repeated whole: a separator, or a block of its fields.

    -----Original Message-----          From: Jane Doe
                                        Sent: Monday, 3 November 2025 10:00
                                        To: Support
                                        Subject: Your order

Outlook writes such blocks in its user's language, Hotmail in another order, Word sets the
names in bold.
"""

import re

from loftbox_cli.edge.mail_read.reply import mark
from loftbox_cli.edge.mail_read.reply.block_words import (
    ABOVE_THIS_LINE,
    BARE_FORWARDS,
    FIELDS,
    FORWARDS,
    SEPARATORS,
    Kind,
)
from loftbox_cli.edge.mail_read.reply.mark import Lines

MAX_LINES = 16
MAX_NAME = 40
MAX_FIELD = 400
MAX_FOLDED = 4  # lines within a block that go on with a list of recipients

_RULE = re.compile(r"[_\-=*—─━]{5,}|(?:[_-] ){5,}[_-]?")
_IN_DASHES = re.compile(r"[-_=*—─>]{1,80} ?([^-_=*—─].{0,80}?) ?[-_=*—─<]{1,80}:?")
_SECONDS = re.compile(r"(?:19|20)\d{2},? \d{1,2}:\d{2}:\d{2}")
_DATED = re.compile(r"\d{1,2}[:.h]\d{2}|(?:19|20)\d{2}|\d{1,2}[./-]\d{1,2}[./-]\d{2}")


def is_rule(line: str) -> bool:
    """Say whether the line is drawn, and nothing else."""
    return _RULE.fullmatch(line.strip()[: MAX_NAME * 3]) is not None


def is_separator(said: str) -> bool:
    """Say whether the mark is "-----Original Message-----" in any language."""
    if any(words in said for words in ABOVE_THIS_LINE):
        return True
    return _between_dashes(said) in SEPARATORS


def is_forward(said: str) -> bool:
    """Say whether the mark announces a message that is passed on."""
    words = _between_dashes(said)
    if words in FORWARDS or words.startswith("forwardedby"):
        return True
    return said.replace(" ", "") in BARE_FORWARDS


def _between_dashes(said: str) -> str:
    if said[:1] not in "-_=*—─>" or len(said) > 160:
        return ""
    words = _IN_DASHES.fullmatch(said)
    return words[1].replace(" ", "").rstrip(":") if words and said.count("-") + said.count("—") > 2 else ""


def end_of_fields(lines: Lines, at: int) -> int:
    """The line after the block of fields that starts at `at`; `at` itself when none does."""
    if kind_of(lines.raw[at]) is None:
        return at
    if _is_flat(lines.raw[at]):
        return at + 1
    fields = _fields(lines, at)
    kinds = {kind for kind, _ in fields} - {Kind.OTHER}
    said = {kind: lines.raw[place][:MAX_FIELD] for kind, place in fields}
    dated = _DATED.search(said.get(Kind.DATE, "")) is not None
    # People write "From: Paris", "To: London", "Date: Monday" too.
    if not dated and not any("@" in each for each in said.values()):
        return at
    is_block = (
        (Kind.FROM in kinds and len(kinds) >= 3)
        or kinds == {Kind.FROM, Kind.DATE}
        or (kinds == {Kind.DATE, Kind.TO, Kind.SUBJECT} and "@" in said[Kind.TO])
        or (kinds == {Kind.DATE, Kind.TO} and "@" in said[Kind.TO] and _is_stamp(said[Kind.DATE]))
    )
    return fields[-1][1] + 1 if is_block else at


def _is_stamp(date: str) -> bool:
    """Whether it has the seconds that a program writes and a person leaves out."""
    return _SECONDS.search(date) is not None


def _is_flat(line: str) -> bool:
    """Whether a program made one line of the block: "From: Jane Sent: Monday To: Support"."""
    said = mark.of(line[:MAX_FIELD])
    kinds = {FIELDS[name] for word in said.split() if word.endswith(":") and (name := word[:-1]) in FIELDS}
    return {Kind.FROM, Kind.DATE} <= kinds and "@" in said and _DATED.search(said) is not None


def _fields(lines: Lines, at: int) -> list[tuple[Kind, int]]:
    """The fields that stand together from `at` on, each with its line; folded ones count once."""
    fields: list[tuple[Kind, int]] = []
    folded = 0
    after_blank = False
    for place in range(at, min(at + MAX_LINES, len(lines))):
        line = lines.raw[place]
        if not line.strip("\u200b\ufeff \t\r\u00a0*"):
            if after_blank or fields[-1][0] is Kind.SUBJECT:
                break
            after_blank = True
            continue
        kind = kind_of(line)
        if kind is None:
            folded += 1 if line[:1].isspace() or "@" in line or ";" in line else 2
            if after_blank or folded > MAX_FOLDED:
                break
            continue
        if kind is not Kind.OTHER and any(kind is seen for seen, _ in fields):
            break
        fields.append((kind, place))
        after_blank = False
    return fields


def kind_of(line: str) -> Kind | None:
    """What the line tells as a field of a message's head, if it is one."""
    head = line[: MAX_NAME * 2].lstrip(" \t*_|>\u00a0\u3000\u200b\ufeff")[:MAX_NAME]
    if ":" not in head and "\uff1a" not in head:
        return None
    name, _, _ = mark.of(head).partition(":")
    return FIELDS.get("".join(name.split()).strip("*_"))
