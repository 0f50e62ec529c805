"""Names of ours that go out into the world and must come back unforged.

A return path and a Message-ID carry the id of the message and 64 bits of HMAC, so
that a bounce or an answer that names one of our messages proves that its writer saw
one of them. The local part stays far under the 64 octets of RFC 5321 section 4.5.3.1.1.
"""

import hashlib
import hmac
import re

from loftbox_cli.core.ids import ALPHABET, MessageId, base32

RETURN_PATH_LABEL = "bounce"
_FORM = re.compile(rf"([{ALPHABET}]{{16}})\.([{ALPHABET}]{{13}})")


def return_path_host(domain: str) -> str:
    """The host that takes a domain's bounces."""
    return f"{RETURN_PATH_LABEL}.{domain}"


def return_path(message_id: MessageId, domain: str, secret: bytes) -> str:
    """The envelope sender of one message: unique, signed, aligned with its domain."""
    return f"{_local(message_id, 'return-path', secret)}@{return_path_host(domain)}"


def rfc_message_id(message_id: MessageId, domain: str, secret: bytes) -> str:
    """The Message-ID field's value, with its angle brackets (RFC 5322 section 3.6.4)."""
    return f"<{_local(message_id, 'message-id', secret)}@{domain}>"


def read_return_path(local: str, secret: bytes) -> MessageId | None:
    """The message that a local part of ours names, or None when it is not ours."""
    return _read(local.lower(), "return-path", secret)


def _local(message_id: MessageId, purpose: str, secret: bytes) -> str:
    name = message_id.removeprefix("msg_")
    return f"{name}.{_tag(name, purpose, secret)}"


def _read(local: str, purpose: str, secret: bytes) -> MessageId | None:
    match = _FORM.fullmatch(local)
    if match is None or not hmac.compare_digest(match[2], _tag(match[1], purpose, secret)):
        return None
    return MessageId("msg_" + match[1])


def _tag(name: str, purpose: str, secret: bytes) -> str:
    digest = hmac.digest(secret, f"{purpose}:{name}".encode(), hashlib.sha256)
    return base32(int.from_bytes(digest[:8]), 13)
