"""What a peer's refusal is about: code, enhanced code and words in, one class out.

The same function reads the reply to an attempt of ours and the diagnostic of a bounce
(RFC 3464 section 2.3.6). Words count before codes; see `response_rules`. What nobody
has a rule for is *unknown*, and unknown has no consequences.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from loftbox_cli.core.response_rules import (
    CODES,
    ENHANCED,
    SUBJECTS,
    SURE,
    TEXT_RULES,
    ResponseClass,
    TextRule,
)

MOST_WORDS = 4_000  # characters of a reply that are read

# A permanent failure with one of these says that nobody is there. 5.2.1, a mailbox that
# is switched off, may be switched on again: it counts once it has been said twice.
GONE = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
SWITCHED_OFF = "5.2.1"

_ENHANCED = re.compile(r"[245]\.(\d{1,3}\.\d{1,3})")
_SPACE = re.compile(r"\s+")
_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})
_PIECES = tuple((rule, tuple(tuple(each.split("*")) for each in rule.phrases)) for rule in TEXT_RULES)


@dataclass(frozen=True, slots=True)
class Response:
    """`status` is the peer's enhanced code, else one derived from its code and words.

    `meant` is the status that its words stand for: a host that says "5.7.1 user unknown" means 5.1.1.
    """

    kind: ResponseClass
    status: str
    meant: str

    @property
    def is_permanent(self) -> bool:
        """Whether trying again is of no use (RFC 3463 section 2)."""
        return self.meant.startswith("5")

    @property
    def asks_to_slow_down(self) -> bool:
        """Whether the destination wants less mail from us, not only this message later."""
        return self.kind is ResponseClass.RATE or (
            self.kind is ResponseClass.REPUTATION and not self.is_permanent
        )

    @property
    def says_gone(self) -> bool:
        """Whether nobody is at that address, so that writing again is of no use."""
        return self.kind is ResponseClass.RECIPIENT and self.is_permanent and self.meant in GONE

    @property
    def says_switched_off(self) -> bool:
        """Whether the mailbox exists, but takes no mail."""
        return self.kind is ResponseClass.RECIPIENT and self.is_permanent and self.meant == SWITCHED_OFF


@lru_cache(maxsize=256)  # one refusal is asked about for the delivery, the suppression and the pace
def classify(code: int, enhanced: str, words: str) -> Response:
    """Say what a refusal is about. Unknown parts are 0 and "". Total, and linear in the words."""
    found = _ENHANCED.fullmatch(enhanced)
    detail = found[1] if found else ""
    # Where code and enhanced code disagree the code counts: it is what senders act upon.
    severity = str(code // 100) if code // 100 in (4, 5) else enhanced[0] if found else "5"
    kind, meant = _kind(code, detail, words)
    return Response(kind, enhanced if found else f"{severity}.{meant}", f"{severity}.{meant}")


def _kind(code: int, detail: str, words: str) -> tuple[ResponseClass, str]:
    if detail in SURE:
        return SURE[detail], detail
    rule = _rule(words)
    if rule is not None:
        return rule.kind, rule.detail
    if detail and not detail.startswith("0."):
        return ENHANCED.get(detail) or SUBJECTS.get(detail.partition(".")[0], ResponseClass.UNKNOWN), detail
    return CODES.get(code, (ResponseClass.UNKNOWN, "0.0"))


def _rule(words: str) -> TextRule | None:
    text = _SPACE.sub(" ", words[:MOST_WORDS].lower().translate(_QUOTES))
    if not text.strip():
        return None
    for rule, phrases in _PIECES:
        if any(_stands_in(pieces, text) for pieces in phrases):
            return rule
    return None


def _stands_in(pieces: tuple[str, ...], text: str) -> bool:
    at = 0
    for piece in pieces:
        found = text.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return True
