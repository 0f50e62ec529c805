"""Names of ours that go out into the world and must come back unforged.

A return path and a Message-ID carry the id of the message and 64 bits of HMAC, so
that a bounce or an answer that names one of our messages proves that its writer saw
one of them. The subaddress of a thread, name+tag@, does the same for a thread. The
local part of the first two stays far under the 64 octets of RFC 5321 section 4.5.3.1.1.
"""

import hashlib
import hmac
import re

from loftbox_cli.core.ids import ALPHABET, MessageId, ThreadId, base32

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


def read_rfc_message_id(rfc_message_id: str, secret: bytes) -> MessageId | None:
    """The message whose Message-ID this is, or None when it is not ours."""
    local = rfc_message_id.removeprefix("<").partition("@")[0]
    return _read(local.lower(), "message-id", secret)


def thread_address(address: str, thread_id: ThreadId, secret: bytes) -> str:
    """The subaddress of a mailbox under which mail reaches one thread (RFC 5233)."""
    local, _, domain = address.rpartition("@")
    name = thread_id.removeprefix("thread_")
    return f"{local}+{name}.{_tag(name, 'thread', secret)}@{domain}"


def read_thread_tag(subaddress: str, secret: bytes) -> ThreadId | None:
    """The thread that the tag of a subaddress names, or None when it is not ours."""
    name = _name(subaddress.lower(), "thread", secret)
    return None if name is None else ThreadId("thread_" + name)


def _local(message_id: MessageId, purpose: str, secret: bytes) -> str:
    name = message_id.removeprefix("msg_")
    return f"{name}.{_tag(name, purpose, secret)}"


def _read(local: str, purpose: str, secret: bytes) -> MessageId | None:
    name = _name(local, purpose, secret)
    return None if name is None else MessageId("msg_" + name)


def _name(text: str, purpose: str, secret: bytes) -> str | None:
    match = _FORM.fullmatch(text)
    if match is None or not hmac.compare_digest(match[2], _tag(match[1], purpose, secret)):
        return None
    return match[1]


def _tag(name: str, purpose: str, secret: bytes) -> str:
    digest = hmac.digest(secret, f"{purpose}:{name}".encode(), hashlib.sha256)
    return base32(int.from_bytes(digest[:8]), 13)
