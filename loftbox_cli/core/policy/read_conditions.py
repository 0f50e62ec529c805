"""The `when` of a rule: a table of facts by group and name, each with what it is tested against.

when.recipient.domain = "example.org"                 is
when.recipient.domain = ["example.org", "*.test"]     is one of
when.recipient.domain = {not_in = ["example.org"]}    any other test, by its name
when.message.recipients = {at_least = 2, at_most = 5} several tests: all of them
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from difflib import get_close_matches
from typing import Any

from loftbox_cli.core.policy.conditions import OPERATORS, Condition, Operator, Patterns, Takes
from loftbox_cli.core.policy.facts import CONTEXT, FACTS, GROUPS, Fact, Kind, context_fact
from loftbox_cli.core.policy.source import Path

MOST_TEXTS = 1_000
MOST_NUMBER = 2**53
CONTEXT_KEY = re.compile(r"[A-Za-z][\w.-]{0,63}", re.ASCII)
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_SIZE = re.compile(r"([0-9]{1,9}) ?(KiB|MiB|kB|MB)")
_UNITS = {"KiB": 1 << 10, "MiB": 1 << 20, "kB": 10**3, "MB": 10**6}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a place of the document, and what would be right."""

    path: Path
    fact: str
    fix: str


def conditions_of(
    path: Path, given: Any, lists: Mapping[str, Patterns], faults: list[Fault]
) -> Iterator[Condition]:
    """Read a rule's conditions; what is wrong is added to `faults`."""
    if not isinstance(given, dict):
        faults.append(Fault(path, "when is a table", "write when.recipient.domain = …"))
        return
    for group, facts in given.items():
        here = (*path, group)
        if group not in GROUPS:
            fix = meant(group, GROUPS) or f"there are: {', '.join(GROUPS)}"
            faults.append(Fault(here, f"there are no facts about {group!r:.80}", fix))
        elif not isinstance(facts, dict):
            faults.append(Fault(here, f"when.{group} needs the name of a fact", _facts_of(group)))
        else:
            for name, tests in facts.items():
                yield from _of_fact((*here, name), group, name, tests, lists, faults)


def _of_fact(
    path: Path, group: str, name: str, tests: Any, lists: Mapping[str, Patterns], faults: list[Fault]
) -> Iterator[Condition]:
    fact = _fact(group, name)
    if fact is None:
        known = [each for each in FACTS if each.startswith(f"{group}.")]
        fix = meant(f"{group}.{name}", known) or _facts_of(group)
        faults.append(Fault(path, f"there is no fact {group}.{name:.80}", fix))
        return
    for word, wanted in _tests(fact, tests).items():
        operator = next((each for each in OPERATORS[fact.kind] if each.name == word), None)
        if operator is None:
            names = [each.name for each in OPERATORS[fact.kind]]
            fix = meant(word, names) or f"there are: {', '.join(names)}"
            faults.append(Fault(path, f"{fact.name}, which is {fact.kind}, has no test {word!r:.80}", fix))
            continue
        try:
            yield Condition(fact, operator, _wanted(fact, operator, wanted, lists))
        except _Unfit as unfit:
            faults.append(Fault(path, f"{fact.name}: {unfit.fact}", unfit.fix))


def _fact(group: str, name: str) -> Fact | None:
    if group == CONTEXT:
        return context_fact(name) if CONTEXT_KEY.fullmatch(name) else None
    return FACTS.get(f"{group}.{name}")


def _tests(fact: Fact, given: Any) -> Mapping[str, Any]:
    """The tests by their names; a value that stands alone means the kind's first."""
    if isinstance(given, dict):
        return given or {"": None}
    if fact.kind is Kind.TEXT and isinstance(given, list):
        return {"in": given}
    if fact.kind is Kind.TEXTS and not isinstance(given, list):
        return {"any_in": [given]}
    return {OPERATORS[fact.kind][0].name: given}


class _Unfit(Exception):
    """A value that does not fit its fact."""

    def __init__(self, fact: str, fix: str) -> None:
        super().__init__(fact)
        self.fact = fact
        self.fix = fix


def _wanted(fact: Fact, operator: Operator, given: Any, lists: Mapping[str, Patterns]) -> Any:
    match fact.kind:
        case Kind.FLAG:
            return _flag(given)
        case Kind.NUMBER:
            return _number(given)
        case Kind.SIZE:
            return _size(given)
        case Kind.TIME:
            return _span(given)
        case _:
            texts = [given] if operator.takes is Takes.ONE else given
            return _patterns(fact, texts, lists)


def _flag(given: Any) -> bool:
    if isinstance(given, bool):
        return given
    raise _Unfit(f"{given!r:.80} is neither true nor false", "write true or false, without quotes")


def _number(given: Any) -> int:
    if type(given) is int and 0 <= given < MOST_NUMBER:
        return given
    raise _Unfit(f"{given!r:.80} is no number", "write a whole number, without quotes")


def _size(given: Any) -> int:
    if isinstance(given, str) and (form := _SIZE.fullmatch(given)):
        return int(form[1]) * _UNITS[form[2]]
    try:
        return _number(given)
    except _Unfit:
        raise _Unfit(f"{given!r:.80} is no size", 'write octets, or a text such as "10 MiB"') from None


def _span(given: Any) -> tuple[int, int]:
    if isinstance(given, list) and len(given) == 2:
        begin, end = (_minute(each) for each in given)
        if begin != end:
            return begin, end
    raise _Unfit(f"{given!r:.80} is no span of the day", 'write it like ["08:00", "18:00"]')


def _minute(given: Any) -> int:
    if isinstance(given, time):  # TOML has times of its own: 08:00:00
        return given.hour * 60 + given.minute
    if isinstance(given, str) and (form := _CLOCK.fullmatch(given)):
        return int(form[1]) * 60 + int(form[2])
    raise _Unfit(f"{given!r:.80} is no time of day", 'write it like "08:00"')


def _patterns(fact: Fact, given: Any, lists: Mapping[str, Patterns]) -> Patterns:
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_TEXTS:
        raise _Unfit(f"{given!r:.80} is no list of texts", 'write it like ["one", "another"]')
    known = tuple(lists) if fact.name == "recipient.lists" else fact.words
    for text in given:
        if not isinstance(text, str):
            raise _Unfit(f"{text!r:.80} is no text", "put it in quotes")
        if fact.name == "recipient.domain" and not text.isascii():
            raise _Unfit(f"{text!r:.80} is not ASCII", "write the domain as DNS has it: xn--…")
        if fact.name == "recipient.address" and not text.isascii():
            # Patterns are folded further than addresses: "straße" would turn into somebody else.
            raise _Unfit(f"{text!r:.80} is not ASCII", "name its domain in recipient.domain, as xn--…")
        if (known or fact.name == "recipient.lists") and text.lower() not in known:
            fix = meant(text, known) or f"there are: {', '.join(known) or 'none; write [lists]'}"
            raise _Unfit(f"it is never {text!r:.80}", fix)
    return Patterns.of(given)


def meant(word: str, known: Iterable[str]) -> str:
    """The near miss, as a question; "" when nothing is near."""
    near = get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]}?" if near else ""


def _facts_of(group: str) -> str:
    return f"there are: {', '.join(name for name in FACTS if name.startswith(f'{group}.'))}"
