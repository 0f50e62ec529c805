"""A way for one person to one question: the link in a notice that asks for an answer.

It carries two secrets of 128 random bits. The first stands in the path and shows the
question; a scanner that follows links learns no more than the mail told it. The
second, the code, decides: it is sent in the body of a form, once, and a browser keeps
what stands behind "#" to itself (RFC 3986 section 3.5). Both are stored as hashes, and
bound to an approval, a revision of it and a person.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime

from loftbox_cli.core.ids import ALPHABET, ApprovalId, PersonId, base32

OCTETS = 16
PATH = "/approve/"
_DIGITS = 26  # of base32, for 128 bits
_SECRET = re.compile(rf"[{ALPHABET}]{{{_DIGITS}}}")
# Crockford's alphabet has neither, so that nobody takes them for 1 and 0 when a code is typed.
_MISREAD = str.maketrans("ilo", "110")


@dataclass(frozen=True, slots=True)
class Link:
    """`id` is the hash of the secret in the path, `token` that of the code."""

    id: str
    approval_id: ApprovalId
    revision: int
    person_id: PersonId
    token: str
    made_at: datetime
    used_at: datetime | None = None

    def opens(self, code: str) -> bool:
        """Whether this is the code, and nobody has used it."""
        return self.used_at is None and hmac.compare_digest(self.token, hash_of(read_code(code)))


@dataclass(frozen=True, slots=True)
class NewLink:
    """The secrets of a link, which exist in one mail alone."""

    look: str
    code: str

    def stored(self, approval_id: ApprovalId, revision: int, person_id: PersonId, now: datetime) -> Link:
        """What is kept of it."""
        return Link(hash_of(self.look), approval_id, revision, person_id, hash_of(self.code), now)

    def url(self, public_url: str) -> str:
        """Where the question is shown; what stands behind # fills the form in."""
        return f"{public_url}{PATH}{self.look}#{self.code}"


def new_link(look: bytes, code: bytes) -> NewLink:
    """Spell a link; both hold 16 random octets."""
    return NewLink(_spelt(look), _spelt(code))


def is_secret(text: str) -> bool:
    """Whether this has the form of one of the two."""
    return _SECRET.fullmatch(text) is not None


def read_code(text: str) -> str:
    """A code as somebody may have typed it: in capitals, with spaces and dashes."""
    return re.sub(r"[\s-]", "", text).lower().translate(_MISREAD)


def hash_of(secret: str) -> str:
    """SHA-256 in hex; 128 random bits need no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _spelt(octets: bytes) -> str:
    return base32(int.from_bytes(octets), _DIGITS)
