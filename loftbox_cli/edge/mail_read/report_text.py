"""A bounce that is only text: whom it names, and what it says of each.

`report_words` holds the forms as data. The text before the returned mail is read; the
form that finds an address first is the report's, and what stands between two
addresses is what is said of the first.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import pairwise

from loftbox_cli.core.mail_report import Action, Reported
from loftbox_cli.edge.mail_read import report_status as status_part
from loftbox_cli.edge.mail_read.report_words import (
    DELAYED,
    FORMS,
    GIVEN_UP,
    NOT_A_RECIPIENT,
    RETURNED,
)

MOST_TEXT = 64 * 1024
MOST_HITS = 100  # places in a text where addresses stand: one report of words tells of few
_AROUND = 2_000  # characters of the text around that may explain what a recipient's own words do not
_GENERATED = "(generated from "


@dataclass(frozen=True, slots=True)
class Halves:
    """A report, and the mail that came back below it."""

    said: str
    returned: str


def halve(text: str) -> Halves:
    """Cut a text where the returned mail begins; a mark on the first line is no cut."""
    text = text[:MOST_TEXT]
    for mark in RETURNED.finditer(text):
        if text[: mark.start()].strip():
            return Halves(text[: mark.start()], text[mark.start() :])
    return Halves(text, "")


def failures(
    said: str, *, named: Collection[str] = (), not_these: Collection[str] = ()
) -> tuple[str, list[Reported]]:
    """Who failed, and why; also the name of the form. `named` are addresses that a field names.

    `not_these` are addresses of the sender, which many hosts quote beside the recipient's.
    """
    action = action_of(said)
    if named:
        return "failed_recipients", _named(said, named, action)
    for form, pattern in FORMS:
        hits = [
            (found.start(), address)
            for found in pattern.finditer(said)
            if _may_be(address := status_part.clean(found[1]), not_these)
        ]
        if hits:
            return form, _each(said, hits[:MOST_HITS], action)
    return "", []


def action_of(said: str) -> Action:
    """Whether the host gave up or still tries."""
    return Action.DELAYED if DELAYED.search(said) and not GIVEN_UP.search(said) else Action.FAILED


def about(said: str, address: str) -> str:
    """What a text says of one address: its line and the lines below it, else everything."""
    place = said.lower().find(address.lower())
    if place < 0:
        return said[-_AROUND:]
    return said[said.rfind("\n", 0, place) + 1 :][:_AROUND]


def _may_be(address: str, not_these: Collection[str]) -> bool:
    host = address.rpartition("@")[2]
    return (
        "." in host
        and not address.startswith("@")
        and address.lower() not in not_these
        and NOT_A_RECIPIENT.search(address) is None
    )


def _named(said: str, named: Collection[str], action: Action) -> list[Reported]:
    lowered = said.lower()
    named = list(named)[:MOST_HITS]
    found: list[Reported] = []
    # A paragraph ends where the next named address begins one.
    starts = sorted((place, each) for each in named if (place := lowered.find(each.lower())) >= 0)
    ends = {each: following[0] for (_, each), following in pairwise(starts)}
    places = {each: place for place, each in starts}
    for each in named:
        words = said[places[each] : ends.get(each)] if each in places else ""
        found.append(_reported(each, words, said, action))
    return found


def _each(said: str, hits: list[tuple[int, str]], action: Action) -> list[Reported]:
    found: dict[str, Reported] = {}
    ends = [place for place, _ in hits[1:]] + [len(said)]
    for (place, address), end in zip(hits, ends, strict=True):
        start = said.rfind("\n", 0, place + 1) + 1
        words = said[start:end]
        one = _reported(address, words, said, action)
        known = found.get(address.lower())
        if known is None or (known.status.endswith(".0.0") and not one.status.endswith(".0.0")):
            found[address.lower()] = one
    return list(found.values())


def _reported(address: str, words: str, said: str, action: Action) -> Reported:
    words = words[: status_part.MOST_DIAGNOSTIC]
    before = said.find(address)
    around = said[max(0, before - _AROUND // 2) :][:_AROUND]
    spoken = words.replace(address, " ", 1).strip(" <>:\n")
    judged, code = status_part.judge("", spoken, around)
    original = _generated_from(words)
    one = Reported(
        address=address,
        original=original if original.lower() != address.lower() else "",
        action=action,
        status=judged.status,
        code=code,
        diagnostic=status_part.without_type(spoken)[: status_part.MOST_DIAGNOSTIC],
        kind=judged.kind,
        meant=judged.meant,
    )
    # A delay says when, seldom why: without a code of its own it is temporary.
    if action is Action.DELAYED and one.status.startswith("5") and not status_part.status_in(spoken):
        return replace(one, status="4" + one.status[1:], meant="4" + one.meant[1:])
    return one


def _generated_from(words: str) -> str:
    """Exim names the address that was written to behind the one that an alias made of it."""
    _, mark, rest = words.partition(_GENERATED)
    return next(status_part.addresses_in(rest[:320]), "") if mark else ""
