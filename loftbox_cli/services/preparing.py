"""What has to be made before a verb can run, because it takes chance, a key or a second.

Plain functions without a transaction, for every face that makes such a thing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from loftbox_cli.core.dkim_key import Algorithm, DkimKey
from loftbox_cli.core.endpoint import SEAL_PURPOSE
from loftbox_cli.core.ids import base32
from loftbox_cli.core.webhook_signature import SECRET_OCTETS, spell_secret
from loftbox_cli.services.domains import NewDomain, check_name
from loftbox_cli.services.ports import Sealer, Signer

# Answers so many octets that nobody can guess.
Chance = Callable[[int], bytes]

_TOKEN_OCTETS = 16


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A webhook secret: its text, which is shown once, and what is stored."""

    text: str
    sealed: bytes


def new_domain(
    name: str, use_case: str, *, signer: Signer, sealer: Sealer, chance: Chance, now: datetime
) -> NewDomain:
    """Make token and keys for a domain; takes up to a second. Raises BadInput for the name."""
    name = check_name(name, use_case)
    # The date keeps the selectors of later keys apart from these (RFC 6376 section 3.1).
    keys = (
        signer.new_key(Algorithm.RSA, f"lb{now:%Y%m%d}r"),
        signer.new_key(Algorithm.ED25519, f"lb{now:%Y%m%d}e"),
    )
    token = base32(int.from_bytes(chance(_TOKEN_OCTETS)), 26)
    return NewDomain(name, token, use_case, tuple(_sealed(key, sealer) for key in keys))


def _sealed(key: DkimKey, sealer: Sealer) -> DkimKey:
    return replace(key, private=sealer.seal(key.private, purpose=key.seal_purpose))


def new_secret(*, sealer: Sealer, chance: Chance) -> NewSecret:
    """Make a signing secret for a webhook."""
    octets = chance(SECRET_OCTETS)
    return NewSecret(spell_secret(octets), sealer.seal(octets, purpose=SEAL_PURPOSE))
