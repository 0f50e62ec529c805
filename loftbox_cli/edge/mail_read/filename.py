"""A stranger's file name, made harmless: a name to show and to save under, never a path."""

import re

from loftbox_cli.core import encoded_word
from loftbox_cli.core.plain_text import plain_line

MAX_OCTETS = 200

_FOR_A_SHELL = re.compile(r'[<>:"|?*]')
_DEVICE = re.compile(r"(?i:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")


def clean(name: str) -> str:
    """Answer a plain name, or "" where nothing was declared."""
    if not name:
        return ""
    # Marks of direction turn "gpj.exe" into "exe.jpg" on the screen: plain_line drops them.
    shown = plain_line(encoded_word.decode(name))
    last = re.split(r"[/\\]", shown)[-1]
    kept = _FOR_A_SHELL.sub("_", last).strip(" .")
    if not kept:
        return "unnamed"
    return _shortened(f"_{kept}" if _DEVICE.fullmatch(kept) else kept)


def _shortened(name: str) -> str:
    if len(name.encode()) <= MAX_OCTETS:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix.encode()) > 20:
        stem, suffix = name, ""
    room = MAX_OCTETS - len((dot + suffix).encode()) if suffix else MAX_OCTETS
    return stem.encode()[:room].decode("utf-8", "ignore") + (dot + suffix if suffix else "")
