"""From the options of `loftbox send` to a draft: addresses, files, and text from standard input.

A file is looked at before it is read, so that naming the wrong one costs nothing.
"""

import mimetypes
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from loftbox_cli.cli.words import pairs
from loftbox_cli.cli.writes import Written
from loftbox_cli.core.address import parse_party
from loftbox_cli.core.draft import MAX_MESSAGE, UNKNOWN_TYPE, Draft, File, is_file_type
from loftbox_cli.core.duration import parse_duration
from loftbox_cli.core.errors import BadInput, TooLarge
from loftbox_cli.core.ids import MessageId
from loftbox_cli.core.reading import Party
from loftbox_cli.core.timing import Timing, timing

STDIN = "-"


def parties(given: Sequence[str], *, field: str) -> tuple[Party, ...]:
    """Read addresses, each with or without a name; raises BadAddress."""
    return tuple(parse_party(text, field=field) for text in given)


def one_text(text: str, file: str, *, field: str) -> str:
    """Take a text from its option or its file; raises BadInput when both are given."""
    if text and file:
        raise BadInput(f"{field} and {field}-file exclude each other", fix="give one of them", field=field)
    return text if not file else text_of(file, field=f"{field}-file")


def text_of(file: str, *, field: str) -> str:
    """Read a file of text, or standard input; raises BadInput."""
    return _decoded(_octets(file, field=field), field)


def one_stdin(*files: str) -> None:
    """Refuse to read standard input twice."""
    if files.count(STDIN) > 1:
        raise BadInput("standard input can be read once", fix="give - for one file alone", field=STDIN)


def attachments(paths: Sequence[str], *, field: str = "--attach") -> tuple[File, ...]:
    """Read the files to attach; raises BadInput or TooLarge."""
    return tuple(_attachment(path, field) for path in paths)


def headers(given: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Read `Name: value` as often as it was given; raises BadInput."""
    found = []
    for text in given:
        name, colon, value = text.partition(":")
        if not colon:
            raise BadInput(
                f"{text[:80]!r} is not a header", fix="write --header 'X-Ticket: 4711'", field="--header"
            )
        found.append((name.strip(), value.strip()))
    return tuple(found)


def read(written: Written) -> Draft:
    """Read what was typed; raises BadInput that names the option."""
    one_stdin(written.text_file, written.html_file)
    made = draft(
        to=written.to,
        cc=written.cc,
        bcc=written.bcc,
        subject=written.subject,
        text=one_text(written.text, written.text_file, field="--text"),
        html=one_text("", written.html_file, field="--html"),
        attach=written.attach,
        header=written.header,
        label=written.label,
        metadata=written.metadata,
        context=written.context,
        reply_to="",
    )
    shown = [
        replace(file, content_id=file.filename) for file in attachments(written.inline, field="--inline")
    ]
    return replace(made, attachments=(*made.attachments, *shown))


def timing_of(written: Written, now: datetime) -> Timing:
    """When it is to leave, and until when; raises BadInput."""
    after = parse_duration(written.expires_after, field="--expires-after") if written.expires_after else None
    return timing(scheduled_at=_moment(written.at, now), expires_after=after, now=now)


def _moment(text: str, now: datetime) -> datetime | None:
    """Read a time with its zone, or a span from now on."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None:
        try:
            return now + parse_duration(text, field="--at")
        except BadInput:
            raise BadInput(
                f"{text[:80]!r} is neither a time nor a span",
                fix="write it like 2026-11-24T09:00Z, 2026-11-24T09:00+01:00 or 2h",
                field="--at",
            ) from None
    if found.tzinfo is None:
        raise BadInput(
            f"{text} has no time zone",
            fix=f"write {text}Z for UTC, or the offset: {text}+01:00",
            field="--at",
        )
    return found


def draft(  # each is an option of its own, and all are named at the call
    *,
    to: Sequence[str],
    cc: Sequence[str],
    bcc: Sequence[str],
    subject: str,
    text: str,
    html: str,
    attach: Sequence[str],
    header: Sequence[str],
    label: Sequence[str],
    metadata: Sequence[str],
    context: Sequence[str],
    reply_to: str,
) -> Draft:
    """Put a draft together; raises BadInput that names the option."""
    return Draft(
        to=parties(to, field="--to"),
        cc=parties(cc, field="--cc"),
        bcc=parties(bcc, field="--bcc"),
        subject=subject,
        text=text,
        html=html,
        attachments=attachments(attach),
        headers=headers(header),
        metadata=pairs(metadata, field="--metadata"),
        labels=tuple(label),
        context=pairs(context, field="--context"),
        in_reply_to=MessageId(reply_to),
    )


def read_file(path: str, *, field: str) -> bytes:
    """Read a file that an option names; raises BadInput or TooLarge."""
    return _reading(path, field, lambda: _file(Path(path), field))


def _octets(path: str, *, field: str) -> bytes:
    if path == STDIN:
        return sys.stdin.buffer.read(MAX_MESSAGE + 1)
    return read_file(path, field=field)


def _file(path: Path, field: str) -> bytes:
    if not path.is_file() and path.exists():
        raise BadInput(f"{path} is not a file", fix="name a regular file", field=field)
    if (size := path.stat().st_size) > MAX_MESSAGE:
        raise TooLarge(
            f"{path} has {size} octets, over the limit of {MAX_MESSAGE}",
            fix="send less, or a link to it",
            field=field,
        )
    return path.read_bytes()


def _reading(path: str, field: str, read: Callable[[], bytes]) -> bytes:
    try:
        return read()
    except (OSError, ValueError) as error:  # a path with a NUL is a ValueError
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise BadInput(
            f"{path} cannot be read: {reason}", fix="check the path and its rights", field=field
        ) from None


def _decoded(octets: bytes, field: str) -> str:
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(
            f"the text is not UTF-8: octet {error.start} does not fit",
            fix="convert it: iconv -t UTF-8",
            field=field,
        ) from None


def _attachment(path: str, field: str) -> File:
    content = read_file(path, field=field)
    guessed, encoding = mimetypes.guess_type(Path(path).name)
    known = guessed if guessed and not encoding and is_file_type(guessed) else UNKNOWN_TYPE
    return File(Path(path).name, known, content)
