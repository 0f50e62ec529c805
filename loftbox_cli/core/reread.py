"""Reading our own mail back, strictly, before anybody may approve or send it.

CVE-2024-6923 and its kin were bugs in writers: the bytes held a field that nobody
meant. A second look by a parser of its own finds the whole class, whatever the
cause. What differs is our defect and no fault of the caller.
"""

import re
from collections.abc import Sequence

from loftbox_cli.core import encoded_word
from loftbox_cli.core.address_list import scan
from loftbox_cli.core.automation import LOOP_MARK
from loftbox_cli.core.draft import Draft
from loftbox_cli.core.reading import Party

MAX_LINE = 998  # RFC 5322 section 2.1.1

_NAME = re.compile(r"[!-9;-~]+")  # RFC 5322 section 2.2: printable ASCII but for the colon
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_ADDRESSES = ("From", "To", "Cc")
_STRUCTURE = ("MIME-Version", "Content-Type", "Content-Transfer-Encoding")


class Miscomposed(RuntimeError):
    """The bytes that we wrote do not say what was meant. Nothing of them may leave."""


def reread(raw: bytes) -> tuple[tuple[str, str], ...]:
    """Read the header block of a mail of ours: names and unfolded values, in order.

    Takes nothing that RFC 5322 does not: CRLF alone ends a line, all is printable, a
    folded line holds more than white space. In a field of addresses there may be UTF-8
    (RFC 6532 section 3.2); all others are ASCII.
    """
    head, gap, _ = raw.partition(b"\r\n\r\n")
    if not gap:
        raise Miscomposed("the header block has no end")
    fields: list[tuple[str, str]] = []
    for line in head.split(b"\r\n"):
        text = _text(line)
        if text.startswith(" "):
            if not fields or not text.strip(" "):
                raise Miscomposed("a folded line continues nothing")
            fields[-1] = (fields[-1][0], fields[-1][1] + text)
            continue
        name, colon, value = text.partition(":")
        if not colon or not _NAME.fullmatch(name):
            raise Miscomposed("a header line is no field")
        fields.append((name, value))
    if not all(value.isascii() for name, value in fields if name not in _ADDRESSES):
        raise Miscomposed("a field that holds no addresses is not ASCII")
    return tuple((name, value.removeprefix(" ")) for name, value in fields)


def _text(line: bytes) -> str:
    if len(line) > MAX_LINE:
        raise Miscomposed("a header line is too long")
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise Miscomposed("a header line is not UTF-8") from None
    if _CONTROL.search(text):
        raise Miscomposed("a header line holds a control character")
    return text


def compare(
    raw: bytes,
    draft: Draft,
    *,
    from_: Party,
    message_id: str,
    in_reply_to: Sequence[str],
    references: Sequence[str],
) -> None:
    """Raise Miscomposed unless the bytes hold the fields that were meant, in order, and no other."""
    _check_lines(raw)
    fields = reread(raw)
    meant: list[tuple[str, object]] = [("From", (from_,))]
    if draft.to or not draft.cc:
        meant.append(("To", draft.to))
    if draft.cc:
        meant.append(("Cc", draft.cc))
    if draft.subject:
        meant.append(("Subject", draft.subject))
    meant.append(("Message-ID", (message_id,)))
    if in_reply_to:
        meant.append(("In-Reply-To", tuple(in_reply_to)))
    if references:
        meant.append(("References", tuple(references)))
    meant.append((LOOP_MARK, from_.address.rpartition("@")[2]))
    meant += draft.headers
    read = [(name, _understood(name, value)) for name, value in fields if name not in _STRUCTURE]
    if read != meant:
        # Names only: the values are somebody's mail, and this text goes to the log.
        raise Miscomposed(f"fields {[name for name, _ in read]} differ from what was meant")
    structure = [name for name, _ in fields if name in _STRUCTURE]
    if structure != list(_STRUCTURE[: len(structure)]) or len(structure) < 2:
        raise Miscomposed(f"structure fields {structure} differ from what was meant")


def _understood(name: str, value: str) -> object:
    if name in _ADDRESSES:
        parties, defects = scan(value)
        if not defects and not _addresses_apart(value, parties).isascii():
            defects = ("not_ascii",)
        return defects or parties
    if name in ("Message-ID", "In-Reply-To", "References"):
        return tuple(value.split(" "))
    return encoded_word.decode(value)


def _addresses_apart(value: str, parties: Sequence[Party]) -> str:
    """What stands around the addresses, which alone may be more than ASCII."""
    for party in parties:
        value = value.replace(party.address, "", 1)
    return value


def _check_lines(raw: bytes) -> None:
    """RFC 5321 section 2.3.8: on the wire CR and LF stand only together; the body is 7-bit."""
    if not raw.partition(b"\r\n\r\n")[2].isascii() or b"\0" in raw:
        raise Miscomposed("the body is not 7-bit")
    lines = raw.split(b"\r\n")
    if raw.count(b"\r") != len(lines) - 1 or raw.count(b"\n") != len(lines) - 1:
        raise Miscomposed("the message holds a bare CR or LF")
    if len(max(lines, key=len)) > MAX_LINE or not raw.endswith(b"\r\n"):
        raise Miscomposed("the message holds a line that is too long or does not end")
