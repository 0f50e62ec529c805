"""How a report about other mail is shown: a bounce, a complaint, a receipt."""

from dataclasses import dataclass
from typing import ClassVar

from loftbox_cli.core.mail_report import Action, MailReport, Reported, ReportKind
from loftbox_cli.core.message import Message
from loftbox_cli.core.response_rules import ResponseClass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedView:
    """One recipient of a report. `original` is the address that was written to, where it tells another."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("address", "action", "status", "response_class", "words")

    address: str
    original: str
    action: Action | None
    status: str
    code: int
    response_class: ResponseClass
    words: str
    remote_mta: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """What a mail reports."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("kind",)

    kind: ReportKind
    recipients: tuple[ReportedView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadReportView:
    """All that was read in a report: also the names by which it says which mail it means."""

    kind: ReportKind
    source: str
    recipients: tuple[ReportedView, ...]
    message_ids: tuple[str, ...]
    mail_from: tuple[str, ...]
    reporting_mta: str
    feedback_id: str
    feedback_type: str


def report_view(message: Message) -> ReportView | None:
    """Show what a message reports; None for a mail that is no report."""
    if message.report_kind is ReportKind.NONE:
        return None
    return ReportView(kind=message.report_kind, recipients=tuple(map(reported_view, message.reported)))


def read_report_view(report: MailReport) -> ReadReportView:
    """Show a report as it was read from a mail."""
    return ReadReportView(
        kind=report.kind,
        source=report.source,
        recipients=tuple(map(reported_view, report.recipients)),
        message_ids=report.message_ids,
        mail_from=report.mail_from,
        reporting_mta=report.reporting_mta,
        feedback_id=report.feedback_id,
        feedback_type=report.feedback_type,
    )


def reported_view(reported: Reported) -> ReportedView:
    """Show what is said of one recipient."""
    return ReportedView(
        address=reported.address,
        original=reported.original,
        action=reported.action,
        status=reported.status,
        code=reported.code,
        response_class=reported.kind,
        words=reported.diagnostic,
        remote_mta=reported.remote_mta,
    )
