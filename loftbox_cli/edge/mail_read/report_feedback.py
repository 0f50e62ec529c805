"""Feedback reports: somebody said that a mail of ours is spam (RFC 5965, RFC 6591).

Providers hide the recipient, each in its own way; the Message-ID, the return path and
the Feedback-ID of the mail that came back then say which one is meant.
"""

from loftbox_cli.core.mail_report import MailReport, Reported, ReportKind
from loftbox_cli.edge.mail_read.report_status import addresses_in, looks_redacted
from loftbox_cli.edge.mail_read.returned import Returned

_KINDS = {
    "abuse": ReportKind.COMPLAINT,
    "fraud": ReportKind.COMPLAINT,
    "virus": ReportKind.COMPLAINT,
    "miscategorized": ReportKind.COMPLAINT,
    "other": ReportKind.COMPLAINT,
    "not-spam": ReportKind.NOT_SPAM,
    "opt-out": ReportKind.OPT_OUT,
    "opt-out-list": ReportKind.OPT_OUT,
    "unsubscribe": ReportKind.OPT_OUT,
    "auth-failure": ReportKind.AUTH_FAILURE,
    "dkim": ReportKind.AUTH_FAILURE,
}


def feedback(fields: list[tuple[str, str]], returned: Returned) -> MailReport:
    """Read the fields of a message/feedback-report. An unknown type counts as a complaint."""
    said: dict[str, list[str]] = {}
    for name, value in fields:
        said.setdefault(name.lower(), []).append(value)
    kind = next(iter(said.get("feedback-type", [])), "").strip().lower()
    named = [
        address
        for name in ("original-rcpt-to", "removal-recipient")
        for value in said.get(name, ())
        for address in addresses_in(value)
    ]
    # Without a recipient the mail that came back names the ones in its header.
    clear = [each for each in named or returned.to if not looks_redacted(each)]
    senders = [a for value in said.get("original-mail-from", ()) for a in addresses_in(value)]
    return MailReport(
        kind=_KINDS.get(kind, ReportKind.COMPLAINT),
        source="arf",
        recipients=tuple(Reported(each) for each in dict.fromkeys(clear)),
        message_ids=returned.message_ids,
        mail_from=tuple(dict.fromkeys((*senders, *returned.mail_from))),
        reporting_mta=next(iter(said.get("reporting-mta", [])), ""),
        feedback_id=returned.feedback_id or next(iter(said.get("feedback-id", [])), ""),
        feedback_type=kind,
    )
