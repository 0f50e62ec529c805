"""Whether a person wrote a mail, by what its header says (RFC 3834, RFC 2919, RFC 6522).

What is not `none` is never answered automatically (RFC 3834 section 2), so a doubt
counts as automatic. A mail from a list or in bulk is no robot, but no letter either.
Each verdict names what said so, for the person who wonders why nothing was answered.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from loftbox_cli.core.automation_fields import (
    AWAY,
    AWAY_IF_AUTOMATIC,
    BULK_FIELDS,
    DAEMONS,
    GENERATED_FIELDS,
    LIST_FIELDS,
    NO_REPLY,
    REPLY_FIELDS,
    REPLY_VALUES,
)
from loftbox_cli.core.mail_report import ReportKind
from loftbox_cli.core.reading import Automation

LOOP_MARK = "X-LoftBox-Loop"  # on all that we send, with the sending domain
MOST_EVIDENCE = 200

_KEYWORD_END = re.compile(r"[;(\s]")


@dataclass(frozen=True, slots=True)
class Recognised:
    """The class of a mail, and the field, subject or circumstance that says so: "" for `none`."""

    automation: Automation
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class _Field:
    """The first field of a name: its value as written, and in lower case."""

    name: str
    value: str

    @property
    def lowered(self) -> str:
        return self.value.strip().lower()


def recognise(
    headers: Sequence[tuple[str, str]],
    *,
    subject: str = "",
    null_sender: bool = False,
    own: Collection[str] = (),
    report: ReportKind = ReportKind.NONE,
) -> Recognised:
    """Read the class from the fields of a mail.

    `subject` is the decoded subject, `report` what the body was read as, `null_sender`
    says that the return path was empty; `own` holds the domains of this gateway: a mail
    that carries our mark came round in a loop.
    """
    fields: dict[str, _Field] = {}
    for name, value in headers:
        field = _Field(name, value)
        if name.lower() == LOOP_MARK.lower() and field.lowered in own:
            return _by(Automation.OWN, field)
        fields.setdefault(name.lower(), field)
    if report is ReportKind.DELIVERY_STATUS:
        return Recognised(Automation.BOUNCE, "reports the delivery of another mail")
    if report is not ReportKind.NONE:
        return Recognised(Automation.AUTO_GENERATED, f"is a report: {report.value}")
    if bounce := _bounce(fields, null_sender=null_sender):
        return bounce
    return _said(fields, subject) or _silent(fields, null_sender=null_sender)


def _bounce(fields: dict[str, _Field], *, null_sender: bool) -> Recognised | None:
    content_type = fields.get("content-type", _Field("", ""))
    if content_type.lowered.startswith("multipart/report") and "delivery-status" in content_type.lowered:
        return _by(Automation.BOUNCE, content_type)
    # qmail and others write their own form (RFC 3464 section 1.1), always with the null sender.
    sender = fields.get("from", _Field("", ""))
    if null_sender and DAEMONS.search(sender.lowered):
        return Recognised(Automation.BOUNCE, f"null sender, {_evidence(sender)}")
    return None


def _said(fields: dict[str, _Field], subject: str) -> Recognised | None:
    """What a field or the subject says in so many words."""
    # RFC 3834 section 5: a keyword, then perhaps parameters, and comments anywhere.
    submitted = fields.get("auto-submitted", _Field("", "no"))
    keyword = _KEYWORD_END.split(submitted.lowered)[0]
    if keyword == "auto-replied":
        return _by(Automation.AUTO_REPLIED, submitted)
    answered = _answered(fields)
    if answered is not None:
        return _by(Automation.AUTO_REPLIED, answered)
    if _is_away(subject.strip().lower(), is_automatic=keyword not in ("no", "")):
        return Recognised(Automation.AUTO_REPLIED, f"Subject: {subject.strip()}"[:MOST_EVIDENCE])
    if (of_list := _first(fields, LIST_FIELDS)) is not None:
        return _by(Automation.LIST, of_list)
    if keyword not in ("no", ""):
        return _by(Automation.AUTO_GENERATED, submitted)
    if (generated := _first(fields, GENERATED_FIELDS)) is not None:
        return _by(Automation.AUTO_GENERATED, generated)
    if fields.get("content-type", submitted).lowered.startswith("multipart/report"):
        return _by(Automation.AUTO_GENERATED, fields["content-type"])  # a read receipt or an abuse report
    return None


def _is_away(subject: str, *, is_automatic: bool) -> bool:
    """Whether a program gave the subject: a person asks "Out of office next week?"."""
    if is_automatic and subject.startswith(AWAY_IF_AUTOMATIC):
        return True
    return subject.startswith(AWAY) and not (subject.endswith("?") and ":" not in subject)


def _answered(fields: dict[str, _Field]) -> _Field | None:
    for name in REPLY_FIELDS:
        if name in fields and fields[name].lowered not in ("no", "false"):
            return fields[name]
    for name, pattern in REPLY_VALUES:
        if name in fields and pattern.search(fields[name].lowered):
            return fields[name]
    return None


def _first(fields: dict[str, _Field], names: Sequence[str]) -> _Field | None:
    return next((fields[name] for name in names if name in fields), None)


def _silent(fields: dict[str, _Field], *, null_sender: bool) -> Recognised:
    """What hints at a program or at bulk, where nothing says so."""
    if null_sender:
        return Recognised(Automation.AUTO_GENERATED, "null sender")
    sender = fields.get("from", _Field("", ""))
    if DAEMONS.search(sender.lowered) or NO_REPLY.search(sender.lowered):
        return _by(Automation.AUTO_GENERATED, sender)
    precedence = fields.get("precedence", _Field("", ""))
    if precedence.lowered in ("list", "bulk", "junk"):
        return _by(Automation.LIST, precedence)
    bulk = _first(fields, BULK_FIELDS)
    return Recognised(Automation.NONE) if bulk is None else _by(Automation.LIST, bulk)


def _by(automation: Automation, field: _Field) -> Recognised:
    return Recognised(automation, _evidence(field))


def _evidence(field: _Field) -> str:
    return f"{field.name}: {field.value.strip()}"[:MOST_EVIDENCE]
