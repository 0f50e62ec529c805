"""A mail's own words, from its text and its HTML together.

Where a mail has a text part the new text comes from it; else from its HTML, whose marks
say more than the lines that it is shown as.
"""

import re
from dataclasses import dataclass

from loftbox_cli.edge.mail_read import html_text
from loftbox_cli.edge.mail_read.reply import markup
from loftbox_cli.edge.mail_read.reply.text import new_part

# What programs set before the subject of a mail that is passed on.
_FORWARD = re.compile(
    r"\s*(?:\[[^\]]{0,40}\]\s*)?(?:fwd?|fw|wg|tr|rv|i|enc|doorst|vb|vl|pd|vidar|videresendt|пересл|转发|轉寄|転送|전달|ilt|továbbítás)"
    r"\s*[:\uff1a]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Divided:
    """What is new in a mail, as text and as HTML, and what it quotes, as text."""

    reply_text: str
    reply_html: str
    quoted_text: str


def divide(text: str, html: str, *, subject: str, is_text_of_html: bool) -> Divided:
    """Divide a mail; `is_text_of_html` says that `text` is what its HTML shows."""
    forward = _FORWARD.match(subject) is not None
    of_text = new_part(text, forward=forward)
    if not html.strip() or len(html) > html_text.MAX_HTML or not html_text.is_cheap(html):
        return Divided(of_text.text, "", of_text.quoted)
    if not markup.is_marked(html) and of_text.text == text.strip():
        return Divided(of_text.text, html, of_text.quoted)
    new, quoted = markup.divide(html, forward=forward, quotation=is_text_of_html)
    if not is_text_of_html:
        return Divided(of_text.text, new, of_text.quoted)
    return Divided(
        reply_text=text.strip("\n").rstrip() if new == html else html_text.to_text(new)[0],
        reply_html=new,
        quoted_text=html_text.to_text(quoted)[0],
    )
