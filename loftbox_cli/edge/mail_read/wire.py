"""What goes between the daemon and its reading process: a length, then that many octets.

A Reading travels as JSON and is built again field by field, by the types that its
classes declare: the process has touched hostile mail, so nothing that it says may
run code here, and nothing that is not of the declared type comes through. The
long texts follow as they are, and the JSON has their lengths in their place: to escape
them and back would take longer than many of them take to read.
"""

import json
import struct
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from loftbox_cli.core.reading import Reading

LENGTH = struct.Struct(">I")
MAX_ANSWER = 256 * 1024 * 1024

Build = Callable[[Any], Any]

_TEXTS = ("text", "html", "reply_text", "reply_html", "quoted_text")


def encode(reading: Reading) -> bytes:
    """Write a Reading: the length of its JSON, the JSON, the texts."""
    members = _members(reading)
    texts = [members[name].encode() for name in _TEXTS]
    members |= zip(_TEXTS, map(len, texts), strict=True)
    head = json.dumps(members, default=_members, ensure_ascii=False, separators=(",", ":")).encode()
    return b"".join((LENGTH.pack(len(head)), head, *texts))


def decode(octets: bytes) -> Reading:
    """Build a Reading; raises ValueError, KeyError or TypeError for anything else."""
    if len(octets) < LENGTH.size:
        raise ValueError("the answer is cut")
    at = LENGTH.size + LENGTH.unpack_from(octets)[0]
    members = _is(dict, json.loads(octets[LENGTH.size : at]))
    for name in _TEXTS:
        end = at + _is(int, members[name])
        members[name], at = octets[at:end].decode(), end
    if at != len(octets):
        raise ValueError("the texts are not as long as they are said to be")
    reading = _builder(Reading)(members)
    if not isinstance(reading, Reading):
        raise TypeError("no reading came back")
    return reading


def _members(value: Any) -> dict[str, Any]:
    kind: Any = type(value)
    return {name: getattr(value, name) for name in _names(kind)}


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@cache
def _builder(kind: Any) -> Build:
    """Answer what builds a value of this declared type out of JSON."""
    if get_origin(kind) is tuple:
        return _row(get_args(kind))
    if get_origin(kind) in (Union, UnionType):
        (inner,) = (each for each in get_args(kind) if each is not NoneType)
        build = _builder(inner)
        return lambda value: None if value is None else build(value)
    if is_dataclass(kind):
        return _whole(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    return lambda value: _is(kind, value)


def _row(kinds: tuple[Any, ...]) -> Build:
    if kinds[-1] is Ellipsis:
        each = _builder(kinds[0])
        return lambda values: tuple(map(each, _is(list, values)))
    builds = tuple(map(_builder, kinds))
    return lambda values: tuple(build(value) for build, value in zip(builds, _is(list, values), strict=True))


def _whole(kind: Any) -> Build:
    hints = get_type_hints(kind)
    builds = {name: _builder(hints[name]) for name in _names(kind)}

    def build(said: Any) -> Any:
        members = _is(dict, said)
        return kind(**{name: make(members[name]) for name, make in builds.items()})

    return build


def _is(kind: type[Any], value: Any) -> Any:
    # A bool is an int to isinstance, and no number here.
    if type(value) is not kind:
        raise TypeError(f"expected {kind.__name__}")
    return value
