"""What goes between the daemon and its reading process: a length, then that many octets.

A Reading travels as JSON and is built again field by field: the process has touched
hostile mail, so nothing that it says may run code here.
"""

import json
import struct
from dataclasses import asdict
from typing import Any, TypeVar

from loftbox_cli.core.reading import Attachment, Automation, Party, Reading

LENGTH = struct.Struct(">I")
MAX_ANSWER = 256 * 1024 * 1024

_T = TypeVar("_T")

_TEXTS = ("message_id", "subject", "date", "text", "html", "reply_text")
_LISTS = ("in_reply_to", "references", "defects")
_PARTIES = ("from_", "to", "cc", "reply_to")
_ATTACHMENT = {
    "part": int,
    "filename": str,
    "content_type": str,
    "size": int,
    "sha256": str,
    "inline": bool,
    "content_id": str,
}


def encode(reading: Reading) -> bytes:
    """Write a Reading as JSON."""
    return json.dumps(asdict(reading), ensure_ascii=False, separators=(",", ":")).encode()


def decode(octets: bytes) -> Reading:
    """Build a Reading; raises ValueError, KeyError or TypeError for anything else."""
    said = _is(dict, json.loads(octets))
    rebuilt: dict[str, Any] = {name: _is(str, said[name]) for name in _TEXTS}
    rebuilt |= {name: _texts(said[name]) for name in _LISTS}
    rebuilt |= {name: _parties(said[name]) for name in _PARTIES}
    return Reading(
        **rebuilt,
        headers=tuple((_is(str, name), _is(str, value)) for name, value in said["headers"]),
        attachments=tuple(_attachment(_is(dict, one)) for one in said["attachments"]),
        automation=Automation(said["automation"]),
    )


def _parties(values: Any) -> tuple[Party, ...]:
    return tuple(Party(_is(str, one["address"]), _is(str, one["name"])) for one in values)


def _attachment(said: dict[str, Any]) -> Attachment:
    return Attachment(**{name: _is(kind, said[name]) for name, kind in _ATTACHMENT.items()})


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(_is(str, value) for value in values)


def _is(kind: type[_T], value: Any) -> _T:
    if not isinstance(value, kind):
        raise TypeError(f"expected {kind.__name__}")
    return value
