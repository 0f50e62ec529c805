"""The line that says who wrote what is quoted: "On 22 Nov 2026 at 11:05, Jane wrote:".

Programs fold it, so that it is sought from its end: a line that closes with a colon (or
with the verb between dashes), and up to five lines above it. What a person tells looks
alike ("On Friday he wrote:"); a program adds the time, the year or the address.
"""

import re

from loftbox_cli.edge.mail_read.reply.attribution_words import (
    JOINED_VERBS,
    OPENERS,
    PRONOUNS,
    QUOTING,
    VERBS,
    WEEKDAYS,
)
from loftbox_cli.edge.mail_read.reply.mark import Lines

MAX_LINES = 6
MAX_LENGTH = 600
MAX_LOOKS = 500  # lines of one mail that could close one
_MAX_OPENER = 6  # words of "On Tue, Mar 3, 2026 at"
_FOLDED_VERB = "> wrote:"

_CLOSING = (":", "\uff1a", "-", "—", ">")
_VERB = re.compile(
    rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(VERBS, key=len, reverse=True)))})(?!\w)"
    rf"|{'|'.join(map(re.escape, JOINED_VERBS))}"
)
_SENT = re.compile(r"\bsent$")
_ADDRESS = re.compile(r"[<(\[\"]?(?:mailto:)?[^\s<>()@\[\]\"]{1,80}@[^\s<>()@\[\]\",:;]{1,200}[>)\]\"]?")
_WITHIN = re.compile(r"[<(\[][^<>@]{0,100}@")
_TIME = re.compile(
    r"(?<!\d)\d{1,2}[:.h]\d{2}(?!\d)|\d ?[ap]\.?m\b|\d ?uhr\b|上午|下午|오전|오후|午前|午後|\d시"
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)|(?<!\d)\d{1,2}[./-]\d{1,2}[./-]\d{2}(?!\d)")
_DIGIT = re.compile(r"\d")
_DATE_FIRST = re.compile(r"\d{1,4} ?[./年년-]|\d{1,2}[:.]\d{2}|\d{1,2}(?:st|nd|rd|th)?,? \w|tháng|เวลา")
_SURROUND = " -\u2013—_=\"'"
_UNSEEN_AT_END = " \t\r\u00a0\u200b\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2069*_"
_MAY_CLOSE = frozenset((*_CLOSING, *_UNSEEN_AT_END))
_PUNCTUATION = ".,;:!?()\uff0c\u3001\u3002"


def find(lines: Lines) -> dict[int, int]:
    """Every attribution: the line where it starts, and the line after its end."""
    found: dict[int, int] = {}
    looks = MAX_LOOKS
    for at, (line, quoted) in enumerate(zip(lines.raw, lines.quoted, strict=True)):
        if not line or (quoted and line.strip() != _FOLDED_VERB):
            continue
        start = -1
        if line[-1] in _MAY_CLOSE and line[-20:].rstrip(_UNSEEN_AT_END).endswith(_CLOSING):
            looks -= 1
            start = _start(lines, at)
        if start < 0 and "@" in line and ":" in line and _has_text_behind(lines.mark(at)):
            looks -= 1
            start = at
        if start >= 0:
            found[start] = at + 1
        if looks <= 0:
            break
    return found


def _start(lines: Lines, end: int) -> int:
    """Where the attribution starts whose last line is `end`; -1 for none."""
    below = lines.next_written(end + 1)
    quoted_below = below < len(lines) and lines.quoted[below]
    reaching = _reaching(lines, end)
    # The nearest line that opens one: a sentence of the person may stand right above it.
    for at, whole in reaching:
        if _is_dated(whole, quoted_below=quoted_below):
            return _with_opener(lines, at)
    for at, whole in reaching:
        if _is_named(whole, quoted_below=quoted_below):
            return at
    return -1


def _reaching(lines: Lines, end: int) -> list[tuple[int, str]]:
    """The lines from which the words could reach to `end`, each with all of them."""
    reaching: list[tuple[int, str]] = []
    whole = ""
    for at in range(end, max(-1, end - MAX_LINES), -1):
        said = lines.mark(at)
        if not said and not whole.startswith(("<", "> wrote", "wrote")) and not _is_open(lines, at - 1):
            break
        if lines.quoted[at] and at < end:
            break
        whole = f"{said} {whole}".strip()
        if len(whole) > MAX_LENGTH:
            break
        if said:
            reaching.append((at, whole))
    return reaching


def _is_open(lines: Lines, at: int) -> bool:
    """Whether the line breaks off within "Jane <jane@example.com>"."""
    return at >= 0 and lines.mark(at).endswith("<")


def _has_text_behind(said: str) -> bool:
    """Whether a program made one line of the attribution and what it quotes."""
    said = said[:MAX_LENGTH]
    verb = _VERB.search(said)
    if verb is None or said[verb.end() : verb.end() + 1] != ":":
        return False
    whole = said[: verb.end() + 1]
    bare = _ADDRESS.sub(" ", whole)
    return bool(_TIME.search(bare) and _YEAR.search(bare)) and _is_dated(whole, quoted_below=False)


def _with_opener(lines: Lines, at: int) -> int:
    """Take in the line above when the fold came right behind "On Mon," and the like."""
    if at == 0 or not lines.mark(at)[:1].isdigit():
        return at
    words = lines.mark(at - 1).split()
    if not words or len(words) > _MAX_OPENER or words[0].strip(_PUNCTUATION) not in OPENERS:
        return at
    rest = [word.strip(_PUNCTUATION) for word in words[1:]]
    return at - 1 if all(word in WEEKDAYS or word[:1].isdigit() or len(word) <= 4 for word in rest) else at


def _is_dated(whole: str, *, quoted_below: bool) -> bool:
    """Opened by a word, a day or a date, as most programs do it."""
    closed = whole.endswith((":", "-", "—"))
    said = whole.strip(_SURROUND + ":")
    first = said.partition(" ")[0].strip(_PUNCTUATION)
    date_first = bool(_DATE_FIRST.match(said)) or first in WEEKDAYS or said[:1] in "周週星"
    if not (date_first or first in OPENERS or said.startswith(("於", "于", "在", "ב", "في", "ใน"))):
        return False
    address = _ADDRESS.search(said)
    bare = _ADDRESS.sub(" ", said)
    if not _DIGIT.search(bare):
        return False
    timed, year = _TIME.search(bare), _YEAR.search(bare)
    verb = _VERB.search(bare) or (_SENT.search(bare) if first == "on" else None)
    if verb is None:
        # Gmail of old and in Russian: the date, then "Jane <jane@example.com>:".
        sure = bool(_WITHIN.search(said)) or (quoted_below and bool(timed and year))
        addressed = bool(address) and sure
        dated = bool(year or (timed and quoted_below))
        return addressed and dated and (date_first or closed) and (closed or quoted_below)
    if not closed and not quoted_below:
        return False
    if timed or address:
        return True
    told = _is_told(bare, verb.start())
    return (bool(year) or not told) if quoted_below else (bool(year) and not told)


def _is_named(whole: str, *, quoted_below: bool) -> bool:
    """Opened by the name: "Jane Doe <jane@example.com> wrote:", "Jane wrote on 3/11/2025 10:00:"."""
    if not whole.endswith((":", "-", "—")) and not quoted_below:
        return False
    said = whole.strip(_SURROUND + ":")
    verb, address = _VERB.search(said), _ADDRESS.search(said)
    if verb is None:
        # Horde: "Quoting", and the name. Mutt: the name, then the date in brackets.
        if said.startswith(QUOTING):
            return bool(address) and quoted_below
        timed = _TIME.search(said) and _YEAR.search(said)
        return bool(timed and address) and quoted_below and whole.endswith(":") and bool(_WITHIN.search(said))
    name = said[: min(verb.start(), address.start()) if address else verb.start()]
    if len(name.split()) > 6:
        return False
    timed, year = _TIME.search(said), _YEAR.search(said)
    if _is_told(said, verb.start()):
        # The Bat says "you" to the one who is quoted; a person gives no minute and year with it.
        return bool(timed and year) and quoted_below
    dated = _DIGIT.search(_ADDRESS.sub(" ", said)) and (timed or year)
    if address and _WITHIN.search(said):
        return bool(dated) or quoted_below
    if dated:
        return True
    # "---- Jane Doe wrote ----"
    in_dashes = whole.startswith("--") and whole.endswith("--")
    return in_dashes or (quoted_below and bool(name.strip()) and verb.end() == len(said) and "," not in name)


def _is_told(said: str, verb: int) -> bool:
    """Whether a person tells it: the one who wrote is "he", or a sentence stands before the verb."""
    before = said[:verb].split()
    return bool(before) and before[-1].strip(_PUNCTUATION) in PRONOUNS
