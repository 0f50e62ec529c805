"""One change of the configuration: who did what to which thing, and when.

Events tell what happened to mail, and to what lets it go or stops it. Keys, persons and
the ways that mail takes have no event of their own: each change is a row here, for ever.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from loftbox_cli.core.ids import RequestId


class Action(StrEnum):
    """What was done."""

    KEY_CREATED = "key.created"
    KEY_REVOKED = "key.revoked"
    PERSON_CREATED = "person.created"
    PERSON_CHANGED = "person.changed"
    DOMAIN_ROUTED = "domain.routed"


@dataclass(frozen=True, slots=True)
class Change:
    """`thing` is the id of what was changed; `detail` a sentence for people, without secrets."""

    id: str
    at: datetime
    by: str
    via: str
    request_id: RequestId
    action: Action
    thing: str
    detail: str
