"""What an SMTP client may put on the wire, and how it reads what comes back (RFC 5321).

The sending library tidies addresses and line ends without a word, so that a
signature would no longer fit, or a recipient would not be the one that was
approved. Here what is not clean is refused instead.
"""

import re

from loftbox_cli.core.report import Reply

_LONGEST_TEXT = 2000

# RFC 5321 4.1.2 Dot-string and Domain; RFC 6531 3.3 lets the local part be more than ASCII.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\ud7ff\ue000-\U0010ffff-]+"
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_PATH = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@({_LABEL}(?:\.{_LABEL})*)")
_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?:\s+|$)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def path_fault(address: str) -> str:
    """Say why `address` cannot stand between the angle brackets of MAIL or RCPT, or ""."""
    form = _PATH.fullmatch(address)
    if form is None:
        return f"{address!r} is not one plain address"
    # RFC 5321 4.5.3.1.1 and 4.5.3.1.3: octets; the path counts its brackets.
    if len(form[1].encode()) > 64 or len(address.encode()) > 254:
        return f"{address!r} is longer than SMTP allows"
    return ""


def content_fault(raw: bytes) -> str:
    """Say why `raw` cannot go through DATA as it is, or ""."""
    ends = raw.count(b"\r\n")
    if raw.count(b"\r") != ends or raw.count(b"\n") != ends:
        return "the message has a bare CR or LF"  # RFC 5321 2.3.8
    if b"\0" in raw:
        return "the message has a NUL octet"
    return ""


def stuffed(raw: bytes) -> bytes:
    """Write `raw` as it goes through DATA, with the final dot (RFC 5321 sections 4.1.1.4 and 4.5.2)."""
    body = raw.replace(b"\r\n.", b"\r\n..")
    first = b"." if raw.startswith(b".") else b""
    last = b".\r\n" if raw.endswith(b"\r\n") else b"\r\n.\r\n"
    return b"".join((first, body, last))


def needs_smtputf8(raw: bytes, *paths: str) -> bool:
    """Whether a path or the header is not ASCII: only a server with SMTPUTF8 takes it (RFC 6531 3.2)."""
    return not ("".join(paths).isascii() and raw.partition(b"\r\n\r\n")[0].isascii())


def printable(text: str) -> str:
    """Make a peer's words fit to store: no lone surrogates, no control characters but TAB and line ends."""
    return _CONTROL.sub("\ufffd", text.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))


def read_reply(code: int, text: str) -> Reply:
    """Split the enhanced code off a peer's words (RFC 2034 section 4).

    A code of another class than the reply is only text.
    """
    lines = printable(text)[:_LONGEST_TEXT].split("\n")
    form = _ENHANCED.match(lines[0])
    if form is None or int(form[1]) != code // 100:
        return Reply(code, "", "\n".join(lines))
    # Each line of a long reply repeats the code.
    enhanced = ".".join(form.groups())
    repeated = re.compile(rf"{re.escape(enhanced)}(?:\s+|$)")
    return Reply(code, enhanced, "\n".join(repeated.sub("", line, count=1) for line in lines))
