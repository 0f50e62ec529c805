"""What the event of an inbound message says of it.

An event is read again and again: by lists, streams and webhooks. So its texts have
one budget, the most useful first; what does not fit is left empty, `truncated` says
so, and `url` leads to the whole message.
"""

from loftbox_cli.core.canonical import JSON
from loftbox_cli.core.message import Message

TEXTS = 192 * 1024  # octets of UTF-8, of the 256 KiB that a webhook carries


def arrived(message: Message) -> dict[str, JSON]:
    """Tell an inbound message as structured data."""
    return {
        "from": [{"address": party.address, "name": party.name} for party in message.from_],
        "reply_to": [{"address": party.address, "name": party.name} for party in message.reply_to],
        "recipients": list(message.rcpt_to),
        "subject": message.subject,
        **_texts(message),
        "attachments": [
            {
                "filename": each.filename,
                "content_type": each.content_type,
                "size": each.size,
                "url": f"/v1/messages/{message.id}/attachments/{each.part}",
            }
            for each in message.attachments
        ],
        "automation": message.automation.value,
        "automation_evidence": message.automation_evidence,
        "report": _report(message),
        "relation": message.relation.value,
        "matched_by": message.matched_by.value,
        "authentication": None,  # nothing was checked, which is another thing than "none" (RFC 8601)
        "hidden_text_chars": message.hidden_text_chars,
        "invisible_chars": message.invisible_chars,
        "defects": list(message.defects),
        "rfc_message_id": message.rfc_message_id,
        "untrusted": True,
    }


def _texts(message: Message) -> dict[str, JSON]:
    texts = {
        "reply_text": message.reply_text,
        "text": message.text,
        "quoted_text": message.quoted_text,
        "html": message.html,
        "reply_html": message.reply_html,
    }
    left = TEXTS
    told: dict[str, JSON] = {}
    for name, text in texts.items():
        size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
        told[name] = text if size <= left else ""
        left -= size if size <= left else 0
    if any(told[name] != text for name, text in texts.items()):
        told |= {"truncated": True, "url": f"/v1/messages/{message.id}"}
    return told


def _report(message: Message) -> JSON:
    """What the mail reports about other mail, null when it is no report."""
    if not message.report_kind:
        return None
    return {
        "kind": message.report_kind.value,
        "recipients": [
            {
                "address": one.address,
                "action": one.action.value if one.action else None,
                "status": one.status,
                "class": one.kind.value,
                "words": one.diagnostic,
            }
            for one in message.reported
        ],
    }
