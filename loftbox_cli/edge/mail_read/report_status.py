"""The machine part of a delivery status notification (RFC 3464, RFC 6533), read leniently.

Hosts forget the blank line between two recipients, fold without white space, repeat
fields and leave them out; what can be understood is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from loftbox_cli.core.mail_report import Action, Reported
from loftbox_cli.core.response_class import Response, classify
from loftbox_cli.edge.mail_read.report_words import ADDRESS, NOT_WITHIN

MOST_RECIPIENTS = 200
MOST_DIAGNOSTIC = 2_000

_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{2,60})[ \t]*:[ \t]*(.*)")
_ABOUT_RECIPIENT = frozenset(
    {"final-recipient", "original-recipient", "x-actual-recipient", "action", "status", "diagnostic-code"}
)
_ADDRESS = re.compile(NOT_WITHIN + ADDRESS)
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\.\d)(?!\d)")
_CODE = re.compile(
    r"(?<![\w./@+-])(?<!\d:)([245]\d\d)(?=[ \t;:,'-]|$)(?! (?:seconds|minutes|hours|days|bytes|KB))",
    re.MULTILINE,
)
_UNICODE = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")  # utf-8-addr-xtext, RFC 6533 section 3
_TYPED = re.compile(r"\s*[A-Za-z][A-Za-z0-9-]{0,30}\s*;\s*")
_SPACE = re.compile(r"\s+")
_ACTIONS = {
    "fail": Action.FAILED,
    "undeliverable": Action.FAILED,
    "expired": Action.FAILED,
    "error": Action.FAILED,
    "delay": Action.DELAYED,
    "deliver": Action.DELIVERED,
    "relay": Action.RELAYED,
    "expand": Action.EXPANDED,
}


@dataclass(frozen=True, slots=True)
class StatusPart:
    """Fields about the message, and those about each recipient. Names are in lower case."""

    message: dict[str, str]
    recipients: tuple[dict[str, str], ...]


def looks_like_status(text: str) -> bool:
    """Whether a text is the machine part, whatever type it was given."""
    head = text[:4_000].lower()
    return ("final-recipient:" in head or "original-recipient:" in head) and (
        "action:" in head or "status:" in head or "reporting-mta:" in head
    )


def parse(text: str) -> StatusPart:
    """Read the groups of fields. Total: what is no field continues the one before."""
    message: dict[str, str] = {}
    groups: list[dict[str, str]] = []
    current = message
    last = ""
    for line in text.splitlines():
        if not line.strip():
            last = ""
            if current and not current.keys().isdisjoint(_ABOUT_RECIPIENT):
                current = {}
            continue
        field = None if line[0] in " \t" else _FIELD.match(line)
        if field is None:
            if last and len(current[last]) < MOST_DIAGNOSTIC:
                current[last] += " " + line.strip()
            continue
        name = field[1].lower()
        if name in _ABOUT_RECIPIENT and (current is message or not current or name in current):
            if len(groups) >= MOST_RECIPIENTS:
                break
            current = {}
            groups.append(current)
        last = name if name not in current else ""
        current.setdefault(name, field[2].strip())
    return StatusPart(message, tuple(group for group in groups if group))


def reported(group: dict[str, str], *, around: str = "") -> Reported | None:
    """Say what happened to one recipient; `around` is the text for people. None: no address."""
    final = address_in(group.get("final-recipient", ""))
    actual = address_in(group.get("x-actual-recipient", ""))
    original = address_in(group.get("original-recipient", ""))
    # RFC 3464 section 2.3.2: the final one is always there; what is no address is a local name.
    address = next((each for each in (final, actual, original) if "@" in each), final or actual or original)
    if not address:
        return None
    diagnostic = without_type(group.get("diagnostic-code", ""))
    stated = status_in(group.get("status", ""))
    judged, code = judge(stated, diagnostic, around)
    action = action_of(group.get("action", ""), judged.status)
    return Reported(
        address=address,
        original=original if original.lower() != address.lower() else "",
        action=action,
        status=judged.status,
        code=code,
        diagnostic=diagnostic[:MOST_DIAGNOSTIC],
        remote_mta=without_type(group.get("remote-mta", "")),
        kind=judged.kind,
        meant=judged.meant,
    )


def judge(stated: str, diagnostic: str, around: str = "") -> tuple[Response, int]:
    """Class a failure by its own diagnostic, or else by the text around it; also its SMTP code."""
    code = code_in(diagnostic)
    enhanced = more_telling(stated, status_in(diagnostic))
    judged = classify(code, enhanced, diagnostic)
    if around and (not diagnostic or judged.meant.endswith(".0.0")):
        code = code or code_in(around)
        enhanced = more_telling(enhanced, status_in(around))
        widened = classify(code, enhanced, f"{diagnostic} {around}")
        if not widened.meant.endswith(".0.0") or not judged.status:
            judged = widened
    return judged, code


def more_telling(stated: str, spoken: str) -> str:
    """Of the Status field and the code in the peer's words take the one that says more.

    Many hosts write 5.0.0 in the field and leave the truth in the words.
    """
    return spoken if _weight(spoken) > _weight(stated) else stated


def _weight(status: str) -> int:
    if not status:
        return 0
    _, subject, detail = status.split(".")
    if subject == "0":
        return 1
    if detail == "0" or (subject, detail) == ("4", "7"):
        return 2
    return 3


def address_in(value: str) -> str:
    """The address of a typed value such as `rfc822; jane@example.com`, or what stands for it."""
    kind, semicolon, rest = value.partition(";")
    text = (rest if semicolon else kind).strip()
    if kind.strip().lower() == "utf-8":
        text = _UNICODE.sub(lambda hit: _character(hit[1]), text)
    found = _ADDRESS.search(text)
    if found:
        return clean(found[0])
    return text.strip("<> ") if " " not in text and len(text) <= 254 else ""


def _character(digits: str) -> str:
    number = int(digits, 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 and number >= 0x20 else ""


def clean(address: str) -> str:
    """Take away what surrounds an address in running text."""
    return address.strip("<>.,;:!?'\"`*|=").removeprefix("mailto:")


def addresses_in(text: str) -> Iterator[str]:
    """Every address of a text, in order."""
    for found in _ADDRESS.finditer(text):
        address = clean(found[0])
        if "." in address.rpartition("@")[2] and not address.startswith("@"):
            yield address


def action_of(word: str, status: str) -> Action:
    """The Action field, or what the status stands for where it is missing."""
    lowered = word.strip().lower()
    for start, action in _ACTIONS.items():
        if lowered.startswith(start):
            return action
    match status[:1]:
        case "2":
            return Action.DELIVERED
        case "4":
            return Action.DELAYED
        case _:
            return Action.FAILED


def without_type(value: str) -> str:
    """A value without its type (`smtp;`, `dns;`), on one line."""
    return _SPACE.sub(" ", _TYPED.sub("", value, count=1) if _TYPED.match(value) else value).strip()


def status_in(text: str) -> str:
    """The most telling enhanced code (RFC 3463) that stands in a text, or ""."""
    best = ""
    for found in _STATUS.finditer(text[:MOST_DIAGNOSTIC]):
        best = more_telling(best, f"{int(found[1])}.{int(found[2])}.{int(found[3])}")
    return best


def code_in(text: str) -> int:
    """The SMTP code that stands in a text, or 0; of several a refusal counts."""
    codes = [int(found[1]) for found in _CODE.finditer(text[:MOST_DIAGNOSTIC])]
    return next((code for code in codes if code >= 400), 0)


def looks_redacted(address: str) -> bool:
    """Whether a provider hid whose address it was (RFC 6590)."""
    local = address.rpartition("@")[0].lower()
    return local.startswith(("redacted", "x-redacted", "xxx", "***", "hidden", "undisclosed")) or not local
