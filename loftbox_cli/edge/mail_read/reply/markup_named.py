"""What a mail program says of an element by its class, id and style."""

from collections.abc import Mapping
from dataclasses import dataclass

from loftbox_cli.edge.mail_read.reply.markup_words import BEGINNING, INDENT, QUOTING, SIGNING, WORD_RULE

MAX_STYLE = 500  # characters of an attribute that are read


@dataclass(frozen=True, slots=True)
class Named:
    """What one element is said to be."""

    quotes: int = 0  # boxes of a quotation that it begins
    signatures: int = 0
    is_beginning: bool = False
    is_rule: bool = False
    is_hidden: bool = False
    is_plain: bool = False  # a box that no program named

    @classmethod
    def of(cls, tag: str, attributes: Mapping[str, str | None], *, forward: bool) -> "Named":
        """Read the attributes. In a forward nothing names a quotation but the box itself."""
        whole = "".join((attributes.get("style") or "").lower().split())
        style = whole[:MAX_STYLE]
        names = {*(attributes.get("class") or "")[:MAX_STYLE].split(), f"#{attributes.get('id')}"}
        is_box = tag == "blockquote" and not INDENT.match(style)
        return cls(
            quotes=is_box + (not forward and not names.isdisjoint(QUOTING)),
            signatures=int(not names.isdisjoint(SIGNING)),
            is_beginning=not forward and not names.isdisjoint(BEGINNING),
            is_rule=tag == "div" and not forward and WORD_RULE.search(style) is not None,
            is_hidden="display:none" in whole,
            is_plain=is_box and not attributes,
        )


NAMELESS = Named()
