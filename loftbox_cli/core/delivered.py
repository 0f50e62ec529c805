"""A mail as its last server hands it out: our trace before it, older return paths gone.

RFC 5321 section 4.4: the server that delivers puts one Return-Path first and takes away
those that came with the mail. The bytes that we keep stay as they came, because
hashes and signatures are about them.
"""

import re

# A field ends where a line does not begin with a blank (RFC 5322 section 2.2.3).
_RETURN_PATH = re.compile(rb"^return-path[ \t]*:.*\r\n(?:[ \t].*\r\n)*", re.IGNORECASE | re.MULTILINE)


def delivered(trace: bytes, raw: bytes) -> bytes:
    """Put `trace` before `raw`; a mail without a trace never came over SMTP, and stays as it is."""
    if not trace:
        return raw
    end = 0 if raw.startswith(b"\r\n") else raw.find(b"\r\n\r\n") + 2
    header = raw if end == 1 else raw[:end]
    return trace + _RETURN_PATH.sub(b"", header) + raw[len(header) :]
