"""How an API key is shown: never its secret, but to whoever makes it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal

from loftbox_cli.core.ids import KeyId
from loftbox_cli.core.key import Key, Scope


class KeyState(StrEnum):
    """Whether the key still opens anything."""

    LIVE = "live"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyView:
    """A key of an agent or a person; `last4` tells it apart."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("id", "name", "owner_id", "scopes", "last4", "state", "expires_at")

    id: KeyId
    object: Literal["key"] = "key"
    name: str
    owner_id: str
    scopes: tuple[Scope, ...]
    last4: str
    state: KeyState
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKeyView(KeyView):
    """A key that was just made, with its text, which is shown this once."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("id", "name", "owner_id", "scopes", "expires_at", "key")

    key: str


def key_view(key: Key, now: datetime) -> KeyView:
    """Show a key as it stands at `now`."""
    return KeyView(
        id=key.id,
        name=key.name,
        owner_id=key.owner_id,
        scopes=key.scopes,
        last4=key.last4,
        state=_state(key, now),
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
    )


def new_key_view(key: Key, text: str, now: datetime) -> NewKeyView:
    """Show a key to whoever made it."""
    return NewKeyView(
        id=key.id,
        name=key.name,
        owner_id=key.owner_id,
        scopes=key.scopes,
        last4=key.last4,
        state=_state(key, now),
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        key=text,
    )


def _state(key: Key, now: datetime) -> KeyState:
    if key.revoked_at is not None:
        return KeyState.REVOKED
    return KeyState.LIVE if key.live(now) else KeyState.EXPIRED
