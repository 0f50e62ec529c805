"""Which parts of a mail are its text, which its HTML, and which are attachments.

The choice is that of RFC 8621 section 4.1.4, which JMAP made of what mail programs do:
texts of a mixed mail follow each other, of alternatives each kind takes its own, and a
text with a name that is not the first thing is a file. An embedded message is a file:
what stands in it was not said to us.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from loftbox_cli.edge.mail_read.mime import NO_PARENT, Part

_TEXTS = ("text/plain", "text/html")
# Read as plain where they are the first and only thing that was said (RFC 2046 section 4.1.4).
_LIKE_PLAIN = ("text/enriched", "text/richtext", "text/markdown", "text/x-markdown")


@dataclass(slots=True)
class Bodies:
    """The parts in order. `text` may hold HTML parts, where nothing says the same in plain text."""

    text: list[Part] = field(default_factory=list)
    html: list[Part] = field(default_factory=list)
    attached: list[Part] = field(default_factory=list)


def media_type(part: Part) -> str:
    """What a part is read as: a multipart without a delimiter is shown as the text that it holds."""
    return "text/plain" if part.content_type.startswith("multipart/") else part.content_type


def chosen(parts: Sequence[Part]) -> Bodies:
    """Sort out the parts of a walk; those of embedded messages are in none of the lists."""
    children: dict[int, list[Part]] = {}
    for part in parts:
        if not part.is_embedded:
            children.setdefault(part.parent, []).append(part)
    bodies = Bodies()
    for root in children.get(NO_PARENT, ()):
        _Choice(children, bodies).sort_out([root], "mixed", bodies.text, bodies.html)
    # What is in both lists was put there once for each kind.
    bodies.html = [part for part in bodies.html if media_type(part) == "text/html"]
    return bodies


Kind = list[Part] | None  # None where the other kind alone is collected


@dataclass(frozen=True, slots=True)
class _Choice:
    """The algorithm of RFC 8621; its depth is bounded by that of the walk."""

    children: dict[int, list[Part]]
    bodies: Bodies

    def sort_out(
        self, parts: Sequence[Part], subtype: str, text: Kind, html: Kind, *, in_alternative: bool = False
    ) -> None:
        """Sort out one level."""
        texts, htmls = len(text or ()), len(html or ())
        for place, part in enumerate(parts):
            kind = media_type(part)
            if part.is_container:
                inner = part.content_type.partition("/")[2]
                within = in_alternative or inner == "alternative"
                self.sort_out(self.children.get(part.place, ()), inner, text, html, in_alternative=within)
            elif not _is_body(part, kind, place, subtype):
                self.bodies.attached.append(part)
            elif subtype == "alternative":
                _collect(part, html if kind == "text/html" else text)
            else:
                if in_alternative:
                    text, html = (None, html) if kind == "text/html" else (text, None)
                _collect(part, text)
                _collect(part, html)
        if subtype == "alternative" and text is not None and html is not None:
            # What was said in one kind only stands for the other too.
            if len(text) == texts:
                text += html[htmls:]
            elif len(html) == htmls:
                html += text[texts:]


def _collect(part: Part, kind: Kind) -> None:
    if kind is not None:
        kind.append(part)


def _is_body(part: Part, kind: str, place: int, subtype: str) -> bool:
    if part.disposition == "attachment":
        return False
    if kind in _LIKE_PLAIN:
        return part.parent == NO_PARENT and not part.name
    return kind in _TEXTS and (place == 0 or (subtype != "related" and not part.name))
