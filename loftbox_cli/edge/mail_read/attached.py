"""The bytes of one attachment, found again in the raw mail by its place."""

from loftbox_cli.core.errors import NotFound
from loftbox_cli.edge.mail_read import mime


def content_of(raw: bytes, place: int) -> bytes:
    """Undo the transfer encoding of the part at this place; raises NotFound."""
    for part in mime.walk(raw):
        if part.place == place and not part.is_container:
            content, _ = part.content()
            return content
    raise NotFound(f"the message has no attachment {place}")
