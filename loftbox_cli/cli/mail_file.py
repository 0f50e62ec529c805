"""A mail in a file, or on standard input: read as the gateway reads what it receives."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from loftbox_cli.core.errors import BadInput, TooLarge
from loftbox_cli.core.plain_text import plain_line

if TYPE_CHECKING:
    from loftbox_cli.cli.output import Output
    from loftbox_cli.core.reading import MimePart
    from loftbox_cli.core.views.parsed import ParsedView

MAX_SIZE = 100 * 1024 * 1024
UNKNOWN = "?"  # of a sender: nobody said it


def parsed(name: str, mail_from: str) -> "ParsedView":
    """Read one mail; `-` is standard input, UNKNOWN leaves the envelope to Return-Path."""
    from loftbox_cli.core.views.parsed import parsed_view
    from loftbox_cli.edge.mail_read.envelope import return_path, under
    from loftbox_cli.edge.mail_read.parse import read

    raw = _octets(name)
    reading = read(raw)
    sender = return_path(reading) if mail_from == UNKNOWN else mail_from.strip("<> ")
    return parsed_view(under(reading, sender), mail_from=sender, size=len(raw))


def tell(view: "ParsedView", out: "Output") -> None:
    """Tell a person what stands below the fields: the text, and the structure as a tree."""
    from loftbox_cli.core.views.report import ReportedView

    out.more(view.text)
    if view.report is not None:
        out.table(view.report.recipients, of=ReportedView)
    if len(view.parts) > 1 or view.attachments:
        out.more("\n".join(_branches(view.parts)))


def _branches(parts: "Sequence[MimePart]") -> Iterator[str]:
    depths: dict[int, int] = {}
    for part in parts:
        depth = depths[part.place] = 0 if part.parent is None else depths[part.parent] + 1
        words = [
            f"{part.place:3}  {'  ' * depth}{part.content_type}",
            part.charset,
            plain_line(part.filename),
        ]
        words += [f"{part.size} octets"] if part.size else []
        words += [f"({', '.join(part.defects)})"] if part.defects else []
        yield "  ".join(filter(None, words))


def _octets(name: str) -> bytes:
    try:
        if name == "-":
            raw = sys.stdin.buffer.read(MAX_SIZE + 1)
        else:
            with Path(name).open("rb") as file:
                raw = file.read(MAX_SIZE + 1)
    except OSError as error:
        raise BadInput(
            f"{name} cannot be read: {error.strerror}", fix="check the path and its rights", field="FILE"
        ) from error
    if len(raw) > MAX_SIZE:
        raise TooLarge(
            f"{name} is larger than {MAX_SIZE // 1024**2} MiB", fix="name the file of one mail", field="FILE"
        )
    return raw
