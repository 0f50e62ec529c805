"""A DKIM key pair and what of it goes into DNS (RFC 6376 section 3.6.1, RFC 8463)."""

from dataclasses import dataclass
from enum import StrEnum


class Algorithm(StrEnum):
    """The signing algorithms that RFC 8301 and RFC 8463 leave us."""

    RSA = "rsa-sha256"
    ED25519 = "ed25519-sha256"


@dataclass(frozen=True, slots=True)
class DkimKey:
    """One key of one domain. `private` is sealed where the value comes from the store.

    `private` unsealed is a PKCS#8 PEM (RSA) or the base64 of the 32-octet seed (Ed25519),
    which are the forms that the signer takes. `public` is the base64 of the `p=` tag.
    """

    selector: str
    algorithm: Algorithm
    private: bytes
    public: str

    @property
    def seal_purpose(self) -> str:
        """What binds the sealed private key to its public half."""
        return f"dkim:{self.public}"

    @property
    def record(self) -> str:
        """The TXT record to publish at `selector._domainkey.domain`."""
        kind = "rsa" if self.algorithm is Algorithm.RSA else "ed25519"
        return f"v=DKIM1; k={kind}; p={self.public}"
