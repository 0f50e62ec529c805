"""How a mail is shown that is in no store: all that reading it gave."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from loftbox_cli.core.reading import Attachment, Automation, HeaderField, MimePart, Reading
from loftbox_cli.core.views.message import PartyView, party_views
from loftbox_cli.core.views.report import ReadReportView, read_report_view


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedView:
    """One mail, read. `text` is what a person would see; `parts` is its structure, in order.

    `mail_from` is null where nobody knows the envelope. `authentication` is null: it is
    judged when a mail arrives, by the host that hands it over. The counts say how many
    characters were taken out because they are hidden in the HTML, or cannot be seen at all.
    """

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "from_",
        "to",
        "cc",
        "reply_to",
        "subject",
        "date",
        "message_id",
        "automation",
        "automation_evidence",
        "hidden_text_chars",
        "invisible_chars",
        "defects",
    )

    object: Literal["parsed_message"] = "parsed_message"
    message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    mail_from: str | None
    from_: tuple[PartyView, ...]
    sender: tuple[PartyView, ...]
    reply_to: tuple[PartyView, ...]
    to: tuple[PartyView, ...]
    cc: tuple[PartyView, ...]
    subject: str
    date: str
    text: str
    html: str
    reply_text: str
    reply_html: str
    quoted_text: str
    headers: tuple[HeaderField, ...]
    attachments: tuple[Attachment, ...]
    parts: tuple[MimePart, ...]
    automation: Automation
    automation_evidence: str
    report: ReadReportView | None
    authentication: None
    hidden_text_chars: int
    invisible_chars: int
    size: int
    defects: tuple[str, ...]


def parsed_view(reading: Reading, *, mail_from: str | None, size: int) -> ParsedView:
    """Show a reading."""
    return ParsedView(
        message_id=reading.message_id,
        in_reply_to=reading.in_reply_to,
        references=reading.references,
        mail_from=mail_from,
        from_=party_views(reading.from_),
        sender=party_views(reading.sender),
        reply_to=party_views(reading.reply_to),
        to=party_views(reading.to),
        cc=party_views(reading.cc),
        subject=reading.subject,
        date=reading.date,
        text=reading.text,
        html=reading.html,
        reply_text=reading.reply_text,
        reply_html=reading.reply_html,
        quoted_text=reading.quoted_text,
        headers=tuple(HeaderField(name, value) for name, value in reading.headers),
        attachments=reading.attachments,
        parts=reading.parts,
        automation=reading.automation,
        automation_evidence=reading.automation_evidence,
        report=read_report_view(reading.report) if reading.report else None,
        authentication=None,
        hidden_text_chars=reading.hidden_text_chars,
        invisible_chars=reading.invisible_chars,
        size=size,
        defects=reading.defects,
    )
