"""The bytes of one file of a mail, found by what they are."""

import hashlib

from loftbox_cli.core.errors import NotFound
from loftbox_cli.edge.mail_read import mime


def attached(raw: bytes, sha256: str) -> bytes:
    """The decoded content with this SHA-256 (in hex), wherever it stands; raises NotFound."""
    for part in mime.walk(raw):
        if not part.is_container and not part.is_embedded:
            content, _ = part.content()
            if hashlib.sha256(content).hexdigest() == sha256:
                return content
    raise NotFound("the mail holds no such attachment")
