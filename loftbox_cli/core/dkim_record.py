"""A published DKIM key: what stands at `selector._domainkey.domain` (RFC 6376 section 3.6.1)."""

from base64 import b64decode
from dataclasses import dataclass

from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.tag_list import parse_tags


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key as it was published. An empty `key` means that it was revoked; empty `hashes` allow any."""

    kind: str
    key: bytes
    hashes: tuple[str, ...]
    services: tuple[str, ...]
    testing: bool

    @property
    def usable(self) -> bool:
        """Say whether the key may check the rsa-sha256 and ed25519-sha256 signatures of mail."""
        for_mail = "*" in self.services or "email" in self.services
        return for_mail and (not self.hashes or "sha256" in self.hashes)


def parse_key(text: str) -> KeyRecord:
    """Read a key record; raises BadInput when receivers would ignore it."""
    tags = parse_tags(text)
    # "v=" may be left out; where it stands, it stands first and says DKIM1.
    if "v" in tags and (next(iter(tags)), tags["v"]) != ("v", "DKIM1"):
        raise BadInput("not a DKIM key: v=DKIM1 has to stand first")
    if "p" not in tags:
        raise BadInput("not a DKIM key: it has no p= tag")
    try:
        key = b64decode("".join(tags["p"].split()), validate=True)
    except ValueError:
        raise BadInput("the p= tag is not base64") from None
    return KeyRecord(
        kind=tags.get("k", "rsa"),
        key=key,
        hashes=_listed(tags.get("h", "")),
        services=_listed(tags.get("s", "*")),
        testing="y" in _listed(tags.get("t", "")),
    )


def _listed(value: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in value.split(":") if item.strip())
