"""API keys: 256 random bits behind a name, shown once and stored as a hash.

The text is `lb_live_`, the 16 characters of the key's id, 52 of the secret and 4
of a checksum, so that a typing error is told apart from a revoked key, and a
scanner for leaked secrets can recognise it.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.ids import ALPHABET, KeyId, base32

PREFIX = "lb_live_"
_FORM = re.compile(rf"{PREFIX}([{ALPHABET}]{{16}})([{ALPHABET}]{{52}})([{ALPHABET}]{{4}})")


class Scope(StrEnum):
    """What a key may do. No key carries both `send` and `approve`."""

    SEND = "send"
    READ = "read"
    APPROVE = "approve"
    MANAGE = "manage"


AGENT_SCOPES = frozenset({Scope.SEND, Scope.READ})
PERSON_SCOPES = frozenset({Scope.READ, Scope.APPROVE, Scope.MANAGE})


@dataclass(frozen=True, slots=True)
class Key:
    """`owner_id` is an agent or a person; `hash` is SHA-256 of the secret, in hex."""

    id: KeyId
    owner_id: str
    name: str
    scopes: tuple[Scope, ...]
    hash: str
    last4: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    def live(self, now: datetime) -> bool:
        """Say whether the key still opens anything."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def spell_key(key_id: KeyId, secret: bytes) -> str:
    """Write the text that is shown once; `secret` holds 32 octets."""
    body = key_id.removeprefix("key_") + base32(int.from_bytes(secret) << 4, 52)
    return PREFIX + body + _checksum(body)


def read_key(text: str) -> tuple[KeyId, str]:
    """Take a key's text apart into its id and the hash of its secret; raises BadInput."""
    match = _FORM.fullmatch(text.strip())
    if match is None or _checksum(match[1] + match[2]) != match[3]:
        raise BadInput(
            "this is not an API key: the form or the checksum is wrong",
            fix="take it as it was shown when it was made: lb_live_…",
            field="authorization",
        )
    return KeyId("key_" + match[1]), hash_secret(match[2])


def hash_secret(secret: str) -> str:
    """SHA-256 in hex; 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _checksum(body: str) -> str:
    return base32(int.from_bytes(hashlib.sha256(body.encode()).digest()[:3]) >> 4, 4)


def check_scopes(scopes: frozenset[Scope], *, of_agent: bool) -> None:
    """Refuse scopes that the owner may not have; raises BadInput."""
    allowed = AGENT_SCOPES if of_agent else PERSON_SCOPES
    if not scopes or scopes - allowed:
        kind = "an agent" if of_agent else "a person"
        raise BadInput(
            f"a key of {kind} may carry {', '.join(sorted(allowed))}; "
            f"not {', '.join(sorted(scopes - allowed)) or 'nothing'}",
            fix="leave the others out, or make a key of each kind",
            field="scopes",
        )
