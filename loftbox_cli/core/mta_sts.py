"""The policy by which a domain asks for verified TLS: MTA-STS (RFC 8461).

A TXT record names the policy's version, a file over HTTPS holds the policy. What was
fetched once holds until it ends, whatever DNS or the web server says meanwhile: that
is what it protects against (section 10.2).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from loftbox_cli.core.dns import DnsAnswer, Found

LARGEST = 64 * 1024  # octets of a policy (section 3.3)
LONGEST = timedelta(seconds=31_557_600)  # max_age, section 3.2
LOOK_AGAIN = timedelta(days=1)  # a changed policy under an old id is seen at last (section 3.3)
AFTER_FAILURE = timedelta(minutes=5)  # section 3.3
MOST_PATTERNS = 100

_ID = re.compile(r"[A-Za-z0-9]{1,32}")
_LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_PATTERN = re.compile(rf"(\*\.)?{_LABEL}(\.{_LABEL})*")
_AGE = re.compile(r"\d{1,10}")


class Mode(StrEnum):
    """What follows when a host does not hold to the policy."""

    ENFORCE = "enforce"
    TESTING = "testing"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a policy file says."""

    mode: Mode
    max_age: timedelta
    mx: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeptPolicy:
    """A policy of a domain as it was fetched, and the id of the TXT record that led to it."""

    domain: str
    txt_id: str
    mode: Mode
    mx: tuple[str, ...]
    fetched_at: datetime
    until: datetime

    def holds(self, now: datetime) -> bool:
        """Say whether it has not ended yet."""
        return now < self.until

    def is_current(self, txt_id: str, now: datetime) -> bool:
        """Say whether there is no reason to fetch it again."""
        return self.holds(now) and txt_id in ("", self.txt_id) and now - self.fetched_at < LOOK_AGAIN

    def covers(self, host: str) -> bool:
        """Say whether `host` may take the domain's mail (section 4.1)."""
        return covers(self.mx, host)


class BadPolicy(ValueError):
    """A policy file that says nothing we could hold to; the words say why."""


def covers(patterns: Iterable[str], host: str) -> bool:
    """Say whether one of the patterns of a policy fits `host` (section 4.1)."""
    name = host.lower().removesuffix(".")
    return any(_fits(pattern, name) for pattern in patterns)


def txt_id(answer: DnsAnswer) -> str:
    """Read the id from the answer to the TXT question, or "" when there is no policy.

    Section 3.1: several records of this kind count as none.
    """
    if not isinstance(answer, Found):
        return ""
    records = [value for value in answer.values if re.match(r"v=STSv1\s*;", value)]
    if len(records) != 1:
        return ""
    for part in records[0].split(";")[1:]:
        key, _, value = part.strip().partition("=")
        if key.strip() == "id":
            return value.strip() if _ID.fullmatch(value.strip()) else ""
    return ""


def parse_policy(octets: bytes) -> Policy:
    """Read a policy file (section 3.2); raises BadPolicy."""
    if len(octets) > LARGEST:
        raise BadPolicy(f"it is longer than {LARGEST // 1024} KiB")
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        raise BadPolicy("it is no text") from None
    first: dict[str, str] = {}
    mx: list[str] = []
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if not colon and line.strip():
            raise BadPolicy(f"it has the line {line[:60]!r}")
        if key.strip() == "mx":
            mx.append(_pattern(value.strip()))
        else:
            first.setdefault(key.strip(), value.strip())  # of several, the first counts
    return _judged(first, tuple(mx))


def _judged(first: dict[str, str], mx: tuple[str, ...]) -> Policy:
    if first.get("version") != "STSv1":
        raise BadPolicy("its version is not STSv1")
    try:
        mode = Mode(first.get("mode", ""))
    except ValueError:
        raise BadPolicy("its mode is not enforce, testing or none") from None
    age = first.get("max_age", "")
    if not _AGE.fullmatch(age):
        raise BadPolicy("its max_age is no number of seconds")
    if mode is not Mode.NONE and not mx:
        raise BadPolicy("it names no mx")
    if len(mx) > MOST_PATTERNS:
        raise BadPolicy(f"it names more than {MOST_PATTERNS} mx")
    return Policy(mode, min(timedelta(seconds=int(age)), LONGEST), mx)


def _pattern(text: str) -> str:
    pattern = text.lower().removesuffix(".")
    if not _PATTERN.fullmatch(pattern):
        raise BadPolicy(f"its mx {text[:60]!r} is no host name")
    return pattern


def _fits(pattern: str, name: str) -> bool:
    # Section 4.1: a wildcard stands for exactly one label, the leftmost (RFC 6125 section 6.4).
    if pattern.startswith("*."):
        return name.partition(".")[2] == pattern[2:]
    return name == pattern
