"""Secrets at rest: AES-256-GCM (NIST SP 800-38D) under the one master key.

A sealed secret is one version octet, a random nonce of 96 bits, then the
ciphertext with its tag. The purpose is authenticated with it, so that a secret
copied to another row does not open. Random nonces are safe for 2^32 secrets
under one key (SP 800-38D section 8.3); a gateway makes some thousands.
"""

from functools import cached_property
from typing import TYPE_CHECKING

from loftbox_cli.core.errors import NewerStore, NoMasterKey
from loftbox_cli.edge.system.chance import secret_octets
from loftbox_cli.edge.system.master_key import MasterKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = b"\x01"
_NONCE = 12
_TAG = 16


class MasterKeySealer:
    """Seals and opens with one master key."""

    def __init__(self, key: MasterKey) -> None:
        self._key = key

    @cached_property
    def _cipher(self) -> "AESGCM":
        # Imported at the first secret: most commands never open one.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self._key.octets)

    def seal(self, plain: bytes, *, purpose: str) -> bytes:
        """Close a secret for this purpose only."""
        nonce = secret_octets(_NONCE)
        return _VERSION + nonce + self._cipher.encrypt(nonce, plain, _VERSION + purpose.encode())

    def open(self, sealed: bytes, *, purpose: str) -> bytes:
        """Open it again; raises NoMasterKey when key, purpose or octets are others."""
        from cryptography.exceptions import InvalidTag

        if sealed[:1] > _VERSION:
            raise NewerStore("a secret was sealed by a newer LoftBox", fix="install the newer LoftBox again")
        nonce, ciphertext = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        if sealed[:1] != _VERSION or len(ciphertext) < _TAG:
            raise NoMasterKey(
                f"a stored secret ({purpose}) is damaged", fix="restore the store from a backup"
            )
        try:
            return self._cipher.decrypt(nonce, ciphertext, _VERSION + purpose.encode())
        except InvalidTag:
            raise NoMasterKey(
                f"the master key from {self._key.source} does not open the stored secrets ({purpose})",
                fix="put back the key that loftbox init made for this store",
            ) from None
