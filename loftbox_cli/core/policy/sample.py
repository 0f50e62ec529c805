"""Which messages are drawn for a person to see: by HMAC, so that nobody rolls the dice twice.

The draw depends on the mailbox, the recipients and the content alone. The same
message sent again, with its words spaced or capitalised in another way, draws the same.
"""

import hashlib
import hmac
from collections.abc import Iterable

from loftbox_cli.core.address import comparable, parse_address
from loftbox_cli.core.draft import Draft
from loftbox_cli.core.ids import MailboxId

OUT_OF = 1_000
_PURPOSE = b"loftbox sample 1"


def draw(secret: bytes, mailbox_id: MailboxId, draft: Draft) -> int:
    """Draw a number from 0 to 999 for a checked draft."""
    key = hmac.digest(secret, _PURPOSE, "sha256")
    recipients = sorted(comparable(parse_address(address)) for address in draft.recipients)
    texts = (draft.subject, draft.text, draft.html)
    files = sorted(hashlib.sha256(file.content).hexdigest() for file in draft.attachments)
    digest = hmac.new(key, digestmod="sha256")
    for part in (mailbox_id, *recipients, *map(_evened, texts), *files):
        octets = part.encode("utf-8", "surrogatepass")
        digest.update(len(octets).to_bytes(8) + octets)
    return int.from_bytes(digest.digest()[:8]) % OUT_OF


def _evened(text: str) -> str:
    words: Iterable[str] = text.casefold().split()
    return " ".join(words)
