"""How the other side checks what it got: the DKIM signatures of a mail, the signatures of a webhook.

Neither uses what LoftBox signs with: DKIM is verified by dkimpy as it stands, with
keys asked over DNS (RFC 6376 section 6.1), and a webhook by the words of Standard
Webhooks 1.0 alone.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass

from loftbox_cli.core.canonical import canonical
from loftbox_cli.edge.simulator.webhook_receiver import Post

SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix of all secrets, and none itself
DNS_PATIENCE = 5.0  # seconds for one key


@dataclass(frozen=True, slots=True)
class DkimVerdict:
    """What became of one DKIM-Signature field."""

    domain: str
    selector: str
    algorithm: str
    valid: bool


def dkim_verdicts(content: bytes, *, dns: tuple[str, int]) -> tuple[DkimVerdict, ...]:
    """Verify every DKIM-Signature of a mail; blocks while `dns`, a host and port, is asked for keys."""
    return tuple(_dkim_verdicts(content, dns))


def _dkim_verdicts(content: bytes, dns: tuple[str, int]) -> Iterator[DkimVerdict]:
    import dkim

    def key_record(name: bytes, timeout: float = DNS_PATIENCE) -> bytes | None:
        return _txt(name.decode(), dns, timeout)

    fields = [name for name, _ in dkim.DKIM(content).headers if name.lower() == b"dkim-signature"]
    for place in range(len(fields)):
        signature = dkim.DKIM(content)
        try:
            valid = bool(signature.verify(place, dnsfunc=key_record))
        except dkim.DKIMException:
            valid = False
        tags = signature.signature_fields
        domain, selector, algorithm = (
            tags.get(tag, b"").decode("ascii", "replace") for tag in (b"d", b"s", b"a")
        )
        yield DkimVerdict(domain, selector, algorithm, valid)


def _txt(name: str, server: tuple[str, int], timeout: float) -> bytes | None:
    """One TXT record as one string, or None."""
    import dns.exception
    import dns.resolver

    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = [server[0]], server[1]
    try:
        answer = resolver.resolve(name, "TXT", lifetime=timeout)
    except dns.exception.DNSException:
        return None
    return b"".join(answer[0].strings)


def webhook_fault(post: Post, secret: str, *, now: float, tolerance: float = 300) -> str:
    """Say what is wrong with a webhook, or "" when its headers and its body are signed with `secret`.

    `now` is in seconds since 1970: what is older than `tolerance` may be a replay.
    """
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    name, sent = post.headers.get("webhook-id", ""), post.headers.get("webhook-timestamp", "")
    signatures = post.headers.get("webhook-signature", "").split()
    if not name or not sent.isdecimal():
        return "webhook-id or webhook-timestamp is missing"
    if abs(now - int(sent)) > tolerance:
        return f"webhook-timestamp {sent} is too far from now"
    digest = hmac.digest(key, f"{name}.{sent}.".encode() + post.body, hashlib.sha256)
    wanted = f"v1,{base64.b64encode(digest).decode()}"
    if not any(hmac.compare_digest(wanted, each) for each in signatures):
        return "no webhook-signature matches the secret"
    return _body_fault(post.body, key)


def _body_fault(body: bytes, key: bytes) -> str:
    """Check the `signature` in the body: over its canonical JSON (RFC 8785) without that field."""
    try:
        event = json.loads(body)
        signature = str(event.pop("signature"))
    except (ValueError, AttributeError, KeyError, TypeError):
        return "the body is no JSON object with a signature"
    digest = hmac.digest(key, canonical(event), hashlib.sha256)
    return (
        "" if hmac.compare_digest(signature, f"v1={digest.hex()}") else "the body's signature does not match"
    )
