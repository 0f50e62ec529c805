"""What is judged about the store: that it is sound, and that what is in it holds together."""

from dataclasses import dataclass
from enum import StrEnum

from loftbox_cli.core.doctor.check import Check, Health

_TOLD = 3  # faults that one line names
KEEP = "stop the gateway, keep the damaged file, and put the last good backup in its place"


class Part(StrEnum):
    """What is looked at, in this order."""

    PAGES = "pages"
    REFERENCES = "references"
    BLOBS = "blobs"
    WORDS = "words"
    THREADS = "threads"
    APPROVALS = "approvals"
    RELEASED = "released"
    DELIVERIES = "deliveries"
    EVENTS = "events"


GOOD = {
    Part.PAGES: "every page and every index is sound",
    Part.REFERENCES: "every row that another one names is there",
    Part.BLOBS: "each of {count} raw mails has the SHA-256 that it is kept under",
    Part.WORDS: "the words of each of {count} messages are indexed",
    Part.THREADS: "each of {count} threads has its messages and knows who takes part",
    Part.APPROVALS: "each of {count} held messages waits for an approval, and nothing else does",
    Part.RELEASED: "each of {count} released messages has a delivery for each recipient",
    Part.DELIVERIES: "each of {count} deliveries belongs to a released message that names its recipient",
    Part.EVENTS: "{count} events follow each other without a gap",
}


@dataclass(frozen=True, slots=True)
class Looked:
    """One part that was gone through: how many things, and what is wrong."""

    part: Part
    count: int = 0
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuickLook:
    """A look at the store's pages. `finished` is false when its time was over first."""

    shape: int
    faults: tuple[str, ...]
    finished: bool


def judge_quick(look: QuickLook) -> Check:
    """Judge the store after a look whose time was short."""
    if look.faults:
        return Check("store", Health.WRONG, f"the store is damaged: {_some(look.faults)}", KEEP)
    if not look.finished:
        return Check(
            "store",
            Health.UNKNOWN,
            f"the store has shape {look.shape}, and is too large for a quick look at every page",
            "loftbox db check",
        )
    return Check("store", Health.OK, f"the store has shape {look.shape}, and its pages are sound")


def judge_part(looked: Looked) -> Check:
    """Judge one part of the whole store."""
    name = looked.part.value
    if looked.faults:
        return Check(name, Health.WRONG, _some(looked.faults), KEEP)
    return Check(name, Health.OK, GOOD[looked.part].format(count=looked.count))


def _some(faults: tuple[str, ...]) -> str:
    more = len(faults) - _TOLD
    return "; ".join(faults[:_TOLD]) + (f"; and {more} more" if more > 0 else "")
