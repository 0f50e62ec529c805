"""What has to be made before a verb can run, because it takes chance, a key or a second.

Plain functions without a transaction, for every face that makes such a thing.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime

from loftbox_cli.core.dkim_key import Algorithm, DkimKey
from loftbox_cli.core.dkim_rotation import selector
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
    made = new_keys((), signer=signer, sealer=sealer, now=now)
    token = base32(int.from_bytes(chance(_TOKEN_OCTETS)), 26)
    return NewDomain(name, token, use_case, made)


def new_keys(taken: Collection[str], *, signer: Signer, sealer: Sealer, now: datetime) -> tuple[DkimKey, ...]:
    """Make the keys that a domain signs with, under selectors that are not `taken`; takes up to a second."""
    made = (
        signer.new_key(Algorithm.RSA, selector(now, "r", taken)),
        signer.new_key(Algorithm.ED25519, selector(now, "e", taken)),
    )
    return tuple(_sealed(key, sealer) for key in made)


def _sealed(key: DkimKey, sealer: Sealer) -> DkimKey:
    return replace(key, private=sealer.seal(key.private, purpose=key.seal_purpose))


def new_secret(*, sealer: Sealer, chance: Chance) -> NewSecret:
    """Make a signing secret for a webhook."""
    octets = chance(SECRET_OCTETS)
    return NewSecret(spell_secret(octets), sealer.seal(octets, purpose=SEAL_PURPOSE))
