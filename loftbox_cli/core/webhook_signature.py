"""Signing a webhook, so that its receiver knows who sent it and when.

The headers are those of Standard Webhooks 1.0: an id, the time in seconds, and one
`v1,<base64>` for each valid secret, which is the HMAC-SHA256 of "id.time.body". A
retry carries the same id and body with a new time. The body itself also holds a
`signature`, the HMAC of its own canonical JSON without that field; it is made once
for each endpoint, with the oldest valid secret, and is stored with the body.

Secrets are given oldest first. While one replaces another both are valid.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

from loftbox_cli.core.canonical import JSON, canonical
from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.events import truncated

SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix of all secrets, and none itself
SECRET_OCTETS = 32
LARGEST_BODY = 256 * 1024


def spell_secret(octets: bytes) -> str:
    """Write 32 octets of chance in the form that the receiver's library takes."""
    return SECRET_PREFIX + base64.b64encode(octets).decode()


def read_secret(secret: str) -> bytes:
    """Answer the key in a secret; raises BadInput without repeating it."""
    try:
        octets = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        octets = b""
    if not secret.startswith(SECRET_PREFIX) or len(octets) != SECRET_OCTETS:
        raise BadInput(
            "not a webhook secret",
            fix=f"a secret is {SECRET_PREFIX} and the base64 of {SECRET_OCTETS} octets",
            field="secret",
        )
    return octets


def signed_body(told: Mapping[str, JSON], secrets: Sequence[str]) -> bytes:
    """Write the envelope of an event for one endpoint: the bytes that every attempt posts.

    An envelope that would be over 256 KiB goes truncated.
    """
    key = _keys(secrets)[0]
    body = _with_signature(told, key)
    return body if len(body) <= LARGEST_BODY else _with_signature(truncated(told), key)


def signed_headers(webhook_id: str, body: bytes, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """Answer the three headers of one attempt at `now`."""
    seconds = int(now.timestamp())
    signed = b"%b.%d.%b" % (webhook_id.encode(), seconds, body)
    signatures = (hmac.digest(key, signed, hashlib.sha256) for key in _keys(secrets))
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": f"{seconds}",
        "webhook-signature": " ".join(f"v1,{base64.b64encode(each).decode()}" for each in signatures),
    }


def _with_signature(told: Mapping[str, JSON], key: bytes) -> bytes:
    # The largest member is written once and stands in both: what is signed, and what is sent.
    members = {name: canonical({name: value})[1:-1] for name, value in told.items() if name != "signature"}
    digest = hmac.digest(key, _joined(members), hashlib.sha256)
    return _joined({**members, "signature": canonical({"signature": f"v1={digest.hex()}"})[1:-1]})


def _joined(members: Mapping[str, bytes]) -> bytes:
    """One object of members that are canonical already."""
    return b"{%b}" % b",".join(members[name] for name in sorted(members))


def _keys(secrets: Sequence[str]) -> list[bytes]:
    if not secrets:
        raise BadInput("no valid secret to sign with", field="secrets")
    return [read_secret(secret) for secret in secrets]
