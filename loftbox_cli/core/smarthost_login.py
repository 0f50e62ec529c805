"""Smarthosts that refuse our login: since when, in which words, and how that is written down.

Such a refusal (RFC 4954 section 6) is about us and not about a message, whatever its code:
mail waits, and somebody is told.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from loftbox_cli.core.events import spell_time

# Where the right password is given; part of every alert about a wrong one.
NEXT_STEP = (
    "set it again with the right password: loftbox domain set DOMAIN --smarthost URL --password-file FILE,"
    " or delivery.next_hop_password_file in the settings"
)


@dataclass(frozen=True, slots=True)
class LoginRefused:
    """A smarthost, as its URL without the password, that does not let us in."""

    smarthost: str
    since: datetime
    words: str


def read_refused(text: str) -> tuple[LoginRefused, ...]:
    """Read what `spell_refused` wrote; "" names none."""
    found = json.loads(text) if text else {}
    return tuple(
        LoginRefused(smarthost, datetime.fromisoformat(said["since"]), said["words"])
        for smarthost, said in found.items()
    )


def spell_refused(refused: Iterable[LoginRefused]) -> str:
    """Write them down as JSON; "" for none."""
    found = {each.smarthost: {"since": spell_time(each.since), "words": each.words} for each in refused}
    return json.dumps(found) if found else ""
