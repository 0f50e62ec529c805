"""DNS answers kept for their time to live (RFC 1035 section 7.3, RFC 2308 section 5).

What DNS did not answer is never kept: the next question may be luckier.
"""

from collections import OrderedDict
from dataclasses import dataclass

from loftbox_cli.core.dns import DnsAnswer, Found, Question, Unanswered

LONGEST = 3600.0  # a mistake that somebody mends should not stay with us for a day
LONGEST_NEGATIVE = 300.0  # RFC 2308 section 5 allows hours; a name just made should be seen soon


@dataclass(frozen=True, slots=True)
class _Kept:
    answer: DnsAnswer
    until: float


class AnswerCache:
    """At most `size` answers; the one that was not read for the longest time goes first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[Question, _Kept] = OrderedDict()

    def get(self, question: Question, now: float) -> DnsAnswer | None:
        """Give the answer, unless it is too old or was never there."""
        kept = self._kept.get(question)
        if kept is None:
            return None
        if kept.until <= now:
            del self._kept[question]
            return None
        self._kept.move_to_end(question)
        return kept.answer

    def keep(self, question: Question, answer: DnsAnswer, ttl: float, now: float) -> None:
        """Keep an answer for `ttl` seconds, or for as long as we keep any."""
        if isinstance(answer, Unanswered):
            return
        longest = LONGEST if isinstance(answer, Found) else LONGEST_NEGATIVE
        self._kept[question] = _Kept(answer, now + min(ttl, longest))
        self._kept.move_to_end(question)
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)

    def __len__(self) -> int:
        return len(self._kept)
