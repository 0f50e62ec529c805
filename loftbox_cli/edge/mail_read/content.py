"""The words of a mail: its body parts decoded, joined, and rid of what nobody sees."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from loftbox_cli.core import charset
from loftbox_cli.core.invisible import visible
from loftbox_cli.edge.mail_read import html_text
from loftbox_cli.edge.mail_read.bodies import Bodies, media_type
from loftbox_cli.edge.mail_read.flowed import unflowed
from loftbox_cli.edge.mail_read.mime import Part

MAX_COMPARED = 100_000  # characters of each alternative
MIN_COMPARED = 8  # words that one of them must have alone

# What no text holds: C0 but tab and LF, and DEL.
_CONTROL = bytes((*range(9), *range(0x0B, 0x20), 0x7F))
_C1 = re.compile(rb"\xc2[\x80-\x9f]")
_META = re.compile(rb"<meta[^>]{1,200}charset\s{0,4}=[\s\"']{0,4}([\w.:-]{2,40})", re.IGNORECASE)
_WORD = re.compile(r"\w{4,}")


@dataclass(slots=True)
class Content:
    """What was said, in both forms. `html` is as the sender wrote it; `text` is clean.

    `is_of_html` says that there was no plain text, so that the text was made of the HTML.
    """

    text: str = ""
    html: str = ""
    is_of_html: bool = False
    hidden: int = 0
    invisible: int = 0
    defects: dict[str, None] = field(default_factory=dict)


def content_of(bodies: Bodies, octets: Mapping[int, bytes]) -> Content:
    """Read the body parts; `octets` holds what they decode to, by place."""
    content = Content()
    pages = {part.place: _characters(part, octets, content) for part in bodies.html}
    rendered: dict[int, str] = {}
    room = html_text.MAX_HTML  # for all of them together: what is rendered costs the most
    for place, page in pages.items():
        rendered[place] = _rendered(page[:room], content)
        if len(page) > room:
            content.defects["html_truncated"] = None
        room -= min(room, len(page))
    said = [
        rendered[part.place] if part.place in rendered else _plain(part, octets, content)
        for part in bodies.text
    ]
    content.html = "\n".join(pages.values())
    content.text = _seen("\n".join(filter(str.strip, said)), content)
    content.is_of_html = bool(rendered) and all(part.place in rendered for part in bodies.text)
    if content.is_of_html or not rendered:
        return content
    shown = "\n".join(rendered.values())
    if not content.text.strip():
        content.text, content.is_of_html = _seen(shown, content), True
    elif _differs(content.text, shown):
        content.defects["alternative_differs"] = None
    return content


def _characters(part: Part, octets: Mapping[int, bytes], content: Content) -> str:
    raw = octets[part.place]
    label = part.parameters.get("charset", "")
    if not label and media_type(part) == "text/html" and (found := _META.search(raw[:4_096])):
        label = found[1].decode("ascii", "replace")
    text, defect = charset.decode_text(raw, label)
    if defect:
        content.defects[defect] = None
    return clean(text)


def _plain(part: Part, octets: Mapping[int, bytes], content: Content) -> str:
    text = _characters(part, octets, content)
    if part.parameters.get("format", "").lower() == "flowed":
        return unflowed(text, delete_space=part.parameters.get("delsp", "").lower() == "yes")
    return text


def _rendered(page: str, content: Content) -> str:
    rendered = html_text.render(page)
    content.hidden += rendered.hidden
    if rendered.defect:
        content.defects[rendered.defect] = None
    return clean(rendered.text)


def _seen(text: str, content: Content) -> str:
    seen, count = visible(text)
    content.invisible += count
    return seen


def clean(text: str) -> str:
    """End lines with LF, and drop the control characters that no text holds."""
    for end in ("\r\n", "\r", "\u2028", "\u2029"):
        text = text.replace(end, "\n")
    # In UTF-8 an octet of ASCII is only ever itself, and octets are quicker to sift than characters.
    octets = text.encode("utf-8", "replace").translate(None, _CONTROL)
    if b"\xc2" in octets:
        octets = _C1.sub(b"", octets)
    return octets.decode().removesuffix("\n")


def _differs(text: str, shown: str) -> bool:
    """Whether most of what the plain text says is not in what a person is shown."""
    here, there = (set(each[:MAX_COMPARED].lower().split()) for each in (text, shown))
    if len(_words(here - there)) < MIN_COMPARED:
        return False  # as in most mail: what stands in both is alone in none
    words = _words(here)
    alone = words - _words(there)
    return len(alone) >= MIN_COMPARED and len(alone) * 2 > len(words)


def _words(pieces: set[str]) -> set[str]:
    """The longer words; addresses and links are written in one form and not in the other."""
    return set(_WORD.findall(" ".join(piece for piece in pieces if "@" not in piece and "://" not in piece)))


def decoded(parts: Iterable[Part]) -> tuple[dict[int, bytes], dict[int, str]]:
    """Undo the transfer encoding of every part of this mail; answer octets and defects by place."""
    octets: dict[int, bytes] = {}
    defects: dict[int, str] = {}
    for part in parts:
        if not part.is_container and not part.is_embedded:
            octets[part.place], defect = part.content()
            if defect:
                defects[part.place] = defect
    return octets, defects
