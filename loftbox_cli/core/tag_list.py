"""The "tag=value; tag=value" lists of DKIM (RFC 6376 section 3.2), which DMARC shares (RFC 9989)."""

import re

from loftbox_cli.core.errors import BadInput

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_SPACE = " \t\r\n"


def parse_tags(text: str) -> dict[str, str]:
    """Read a list into its tags, in their order; raises BadInput when it is not one.

    RFC 6376 section 3.2: a tag that stands twice spoils the whole list, and a
    semicolon may end it. Names keep their case; what they mean is the caller's.
    """
    specs = text.split(";")
    if not specs[-1].strip(_SPACE):
        specs.pop()
    tags: dict[str, str] = {}
    for spec in specs:
        name, equals, value = (part.strip(_SPACE) for part in spec.partition("="))
        if not equals or not _NAME.fullmatch(name):
            raise BadInput(f"not a list of tags: {spec.strip(_SPACE)[:40]!r} is no tag=value")
        if name in tags:
            raise BadInput(f"the tag {name}= stands twice")
        tags[name] = value
    return tags
