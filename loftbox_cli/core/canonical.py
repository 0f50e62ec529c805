"""JSON in the one form that can be signed: RFC 8785, the JSON Canonicalization Scheme.

We write a subset on purpose. Keys are ASCII, so their order by UTF-16 code units
(section 3.2.3) is the order of their characters; numbers are integers that every
reader holds exactly (section 3.2.2.3), so no float is ever formatted; strings
are Unicode without lone surrogates (section 3.2.2.2). Everything else is refused
rather than written in a form that two readers could take differently.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from loftbox_cli.core.errors import BadInput

JSON: TypeAlias = "bool | int | str | Sequence[JSON] | Mapping[str, JSON] | None"
"""A value that canonical JSON can hold."""

LARGEST_INTEGER = 2**53 - 1  # RFC 7493 section 2.2: beyond it a double no longer counts by one
DEEPEST = 64
_SURROGATE = re.compile("[\ud800-\udfff]")
# What RFC 8785 section 3.2.2.2 asks of strings is what the standard library does when it
# leaves Unicode alone: two-character escapes where JSON has them, else lower-case \u00xx.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def canonical(value: JSON) -> bytes:
    """Write `value` as canonical JSON; raises BadInput with the place as `field`."""
    return _encode(_plain(value, "", 0)).encode()


def _plain(value: object, place: str, depth: int) -> object:
    """Answer a copy made of dict, list and scalars only, or refuse."""
    if depth > DEEPEST:
        raise BadInput(f"nested deeper than {DEEPEST} levels", field=place)
    match value:
        case None | bool():
            return value
        case int():
            if abs(value) > LARGEST_INTEGER:
                raise BadInput("an integer is beyond 2^53", fix="send it as a string", field=place)
            return value
        case str():
            if _SURROGATE.search(value):
                raise BadInput("a string holds half of a surrogate pair", field=place)
            return value
        case Mapping():
            return {
                _key(key, place): _plain(member, f"{place}.{key}" if place else f"{key}", depth + 1)
                for key, member in value.items()
            }
        case list() | tuple():
            return [_plain(member, f"{place}[{index}]", depth + 1) for index, member in enumerate(value)]
        case _:
            raise BadInput(f"{type(value).__name__} has no canonical JSON", field=place)


def _key(key: object, place: str) -> str:
    if not isinstance(key, str) or not key.isascii():
        raise BadInput(f"a key is not an ASCII string: {key!a}", field=place)
    return key
