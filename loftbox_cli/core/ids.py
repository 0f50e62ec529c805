"""Names for things: a prefix that says what it is, then 16 characters that sort by time.

The 16 characters are lower-case Crockford base32 of 80 bits: 48 of milliseconds
since 1970, 32 that the mint fills. Ids are names, never capabilities: knowing one
gives no right to the thing.
"""

from functools import lru_cache
from typing import NewType

AgentId = NewType("AgentId", str)
MailboxId = NewType("MailboxId", str)
DomainId = NewType("DomainId", str)
MessageId = NewType("MessageId", str)
ThreadId = NewType("ThreadId", str)
DeliveryId = NewType("DeliveryId", str)
ApprovalId = NewType("ApprovalId", str)
PolicyId = NewType("PolicyId", str)
EventId = NewType("EventId", str)
EndpointId = NewType("EndpointId", str)
NotificationId = NewType("NotificationId", str)
KeyId = NewType("KeyId", str)
PersonId = NewType("PersonId", str)
SuppressionId = NewType("SuppressionId", str)
RequestId = NewType("RequestId", str)

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 16
_PAIRS = tuple(first + second for first in ALPHABET for second in ALPHABET)  # two characters for ten bits


def base32(number: int, length: int) -> str:
    """Write `number` in `length` characters, most significant first."""
    places = range((length - 1) // 2 * 10, -1, -10)
    return "".join([_PAIRS[number >> place & 1023] for place in places])[-length:]


def spell(prefix: str, milliseconds: int, tail: int) -> str:
    """Write one id from its time and its 32 bits of tail."""
    low = (milliseconds & 255) << 32 | tail
    return (
        f"{prefix}_{_quarter_second(milliseconds >> 8)}"
        f"{_PAIRS[low >> 30]}{_PAIRS[low >> 20 & 1023]}{_PAIRS[low >> 10 & 1023]}{_PAIRS[low & 1023]}"
    )


@lru_cache(maxsize=16)  # thousands of ids are made in one
def _quarter_second(number: int) -> str:
    return base32(number, LENGTH - 8)
