"""From the TOML of a policy to its rules. What is not understood is an error, never passed over.

    name = "support"
    time_zone = "Europe/Berlin"

    [lists]
    partners = ["example.org", "jane@example.net"]

    [[rule]]
    name = "answers to partners"
    decision = "allow"
    when.recipient.lists = "partners"
    when.message.reply = true

Every error names the line, the reason and the nearest thing that would be right.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from loftbox_cli.core.decision import Answer
from loftbox_cli.core.duration import parse_duration
from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.policy.conditions import Condition, Patterns
from loftbox_cli.core.policy.evaluate import OTHERWISE
from loftbox_cli.core.policy.read_conditions import Fault, conditions_of, meant
from loftbox_cli.core.policy.rule import Policy, PolicyRule
from loftbox_cli.core.policy.source import Path, Source, field_of, read_source

MOST_RULES = 200
MOST_LISTS = 50
MOST_ENTRIES = 10_000
MOST_APPROVERS = 5
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(days=30)
MAX_TEXT = 300

_POLICY_KEYS = ("name", "description", "time_zone", "lists", "rule")
_RULE_KEYS = ("name", "description", "decision", "reason", "approvers", "expires_after", "when")
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@lru_cache(maxsize=256)
def read_policy(text: str, place: str = "") -> Policy:
    """Read a policy; raises BadInput that tells the first thing that is wrong, with its line."""
    source = read_source(text, place=place)
    reader = _Reader(source)
    policy = reader.policy()
    if reader.faults:
        first, *others = reader.in_order()
        raise _told(source, first, more=len(others))
    return policy


def faults_of(text: str, place: str = "") -> tuple[BadInput, ...]:
    """Everything that is wrong with a policy, in the order of its lines."""
    try:
        source = read_source(text, place=place)
    except BadInput as error:
        return (error,)
    reader = _Reader(source)
    reader.policy()
    return tuple(_told(source, fault) for fault in reader.in_order())


def _told(source: Source, fault: Fault, *, more: int = 0) -> BadInput:
    others = f" (and {more} more)" if more else ""
    return BadInput(
        f"{source.at(fault.path)}: {fault.fact}{others}", fix=fault.fix, field=field_of(source.place)
    )


class _Reader:
    """Reads one document, and notes what is wrong with it on the way."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._document = source.document
        self.faults: list[Fault] = []

    def in_order(self) -> list[Fault]:
        """What is wrong, line by line."""
        return sorted(self.faults, key=lambda fault: self._source.line(fault.path))

    def policy(self) -> Policy:
        self._known_keys((), self._document, _POLICY_KEYS, "a policy")
        name = self._text((), self._document, "name", form=_NAME, required=True)
        lists = self._lists()
        rules = tuple(self._rules(lists))
        for place, rule in enumerate(rules):
            if any(other.name == rule.name for other in rules[:place]):
                self._object(
                    ("rule", place, "name"), f"two rules are called {rule.name!r}", "give each its own"
                )
        return Policy(
            name=name,
            description=self._text((), self._document, "description"),
            time_zone=self._zone(),
            lists=lists,
            rules=rules,
        )

    def _rules(self, lists: Mapping[str, Patterns]) -> Iterator[PolicyRule]:
        given = self._document.get("rule", [])
        if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
            self._object(("rule",), "rules are tables in a list", "write [[rule]] above each")
            return
        if not 1 <= len(given) <= MOST_RULES:
            self._object(
                ("rule",),
                f"a policy has 1 to {MOST_RULES} rules, and this has {len(given)}",
                "write [[rule]], and below it name, decision and when",
            )
        for place, table in enumerate(given):
            yield self._rule(("rule", place), table, lists)

    def _rule(self, path: Path, table: Mapping[str, Any], lists: Mapping[str, Patterns]) -> PolicyRule:
        self._known_keys(path, table, _RULE_KEYS, "a rule")
        name = self._text(path, table, "name", required=True)
        if name == OTHERWISE:
            self._object(
                (*path, "name"), f"{OTHERWISE!r} is what a policy says of its own", "give it another name"
            )
        decision = self._decision(path, table)
        for key in ("approvers", "expires_after"):
            if key in table and decision is not Answer.HOLD:
                self._object(
                    (*path, key),
                    f"{key} is for rules that hold",
                    f"leave it out, or write decision = {'hold'!r}",
                )
        reason = self._text(path, table, "reason", form=_CODE) or _code_of(name)
        return PolicyRule(
            name=name,
            description=self._text(path, table, "description"),
            decision=decision,
            reason=reason,
            conditions=self._conditions((*path, "when"), table.get("when", {}), lists),
            approvers=self._approvers(path, table),
            expires_after=self._expiry(path, table),
        )

    def _conditions(self, path: Path, given: Any, lists: Mapping[str, Patterns]) -> tuple[Condition, ...]:
        return tuple(conditions_of(path, given, lists, self.faults))

    def _decision(self, path: Path, table: Mapping[str, Any]) -> Answer:
        word = self._text(path, table, "decision", required=True)
        if word in list(Answer):
            return Answer(word)
        if word:
            fix = meant(word, Answer) or f"it is one of: {', '.join(Answer)}"
            self._object((*path, "decision"), f"decision cannot be {word!r}", fix)
        return Answer.HOLD

    def _approvers(self, path: Path, table: Mapping[str, Any]) -> int:
        count = table.get("approvers", 1)
        if type(count) is int and 1 <= count <= MOST_APPROVERS:
            return count
        self._object(
            (*path, "approvers"),
            f"approvers is a number from 1 to {MOST_APPROVERS}, not {count!r:.80}",
            "write how many persons have to agree",
        )
        return 1

    def _expiry(self, path: Path, table: Mapping[str, Any]) -> timedelta | None:
        text = self._text(path, table, "expires_after")
        if not text:
            return None
        try:
            span = parse_duration(text)
        except BadInput as error:
            self._object((*path, "expires_after"), error.fact, error.fix)
            return None
        if not SHORTEST <= span <= LONGEST:
            self._object((*path, "expires_after"), f"{text} is not from 5m to 30d", 'write it like "4h"')
        return span

    def _zone(self) -> str:
        name = self._text((), self._document, "time_zone") or "UTC"
        try:
            ZoneInfo(name)
        except (ValueError, OSError, KeyError):  # a path, a folder, a name that the tables do not have
            self._object(("time_zone",), f"there is no time zone {name!r}", 'write it like "Europe/Berlin"')
        return name

    def _lists(self) -> Mapping[str, Patterns]:
        given = self._document.get("lists", {})
        if not isinstance(given, dict):
            self._object(
                ("lists",), "lists is a table", 'write [lists], and below it partners = ["example.org"]'
            )
            return {}
        if len(given) > MOST_LISTS:
            self._object(("lists",), f"a policy has at most {MOST_LISTS} lists", "join some of them")
        return {name: Patterns.of(self._entries(("lists", name), entries)) for name, entries in given.items()}

    def _entries(self, path: Path, given: Any) -> Iterator[str]:
        if not _NAME.fullmatch(str(path[-1])):
            self._object(path, f"{path[-1]!r:.80} is no name", "use lower-case letters, digits, - and _")
        if not isinstance(given, list) or len(given) > MOST_ENTRIES:
            self._object(
                path, f"a list has up to {MOST_ENTRIES} addresses and domains", 'write ["example.org"]'
            )
            return
        for entry in given:
            if isinstance(entry, str) and 1 <= len(entry) <= 254 and entry.isascii() and entry.isprintable():
                yield entry
            else:
                self._object(
                    path,
                    f"{entry!r:.80} is no address or domain",
                    "write domains in ASCII, as xn-- where need be",
                )

    def _text(
        self,
        path: Path,
        table: Mapping[str, Any],
        key: str,
        *,
        form: re.Pattern[str] | None = None,
        required: bool = False,
    ) -> str:
        if key not in table:
            if required:
                self._object(path, f"{key} is missing", f'write {key} = "…"')
            return ""
        text = table[key]
        if not isinstance(text, str) or not text.strip() or len(text) > MAX_TEXT or _CONTROL.search(text):
            self._object((*path, key), f"{key} is a text of one line, not {text!r:.80}", "put it in quotes")
            return ""
        if form is not None and not form.fullmatch(text):
            self._object(
                (*path, key),
                f"{key} cannot be {text!r:.80}",
                "use up to 64 lower-case letters, digits and _, with a letter first",
            )
        return text

    def _known_keys(self, path: Path, table: Mapping[str, Any], known: Iterable[str], what: str) -> None:
        for key in table:
            if key not in known:
                fix = meant(key, known) or f"there are: {', '.join(known)}"
                self._object((*path, key), f"{what} has no {key!r:.80}", fix)

    def _object(self, path: Path, fact: str, fix: str) -> None:
        self.faults.append(Fault(path, fact, fix))


def _code_of(name: str) -> str:
    """The reason code of a rule that names none: its name, in the letters of a code."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:64] or "rule"
