"""API keys: made once, shown once, looked up on every request."""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime

from loftbox_cli.core.actor import Actor, Kind, Via
from loftbox_cli.core.change import Action
from loftbox_cli.core.errors import BadInput, NotAllowed, NotAuthenticated
from loftbox_cli.core.header import check_text
from loftbox_cli.core.ids import AgentId, KeyId, RequestId
from loftbox_cli.core.key import Key, Scope, check_scopes, hash_secret, read_key, spell_key
from loftbox_cli.core.page import Page, PageOf
from loftbox_cli.core.person import Person, Role
from loftbox_cli.services.changing import note
from loftbox_cli.services.tx import Tx, Viewer


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key and its text, which exists only here and now."""

    key: Key
    text: str


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever holds a good key: what it may do and what it sees."""

    key_id: KeyId
    scopes: tuple[Scope, ...]
    actor: Actor
    viewer: Viewer

    def need(self, scope: Scope) -> None:
        """Raise NotAllowed unless the key carries this scope."""
        if scope not in self.scopes:
            raise NotAllowed(
                f"this key may {', '.join(self.scopes)}, and this needs {scope}",
                fix=f"make another: loftbox key create OWNER --scope {scope}",
            )


def create(
    tx: Tx,
    *,
    owner_id: str,
    name: str,
    scopes: frozenset[Scope],
    secret: bytes,
    expires_at: datetime | None,
    by: Actor,
    request_id: RequestId,
    now: datetime,
) -> NewKey:
    """Make a key for an agent or a person; `secret` holds 32 random octets. Raises NotFound for the owner."""
    of_agent = owner_id.startswith("agent_")
    if of_agent:
        tx.agents.get(owner_id)
    else:
        person = tx.persons.get(owner_id)
        if person.role is Role.APPROVER and Scope.MANAGE in scopes:
            raise BadInput(
                f"{person.name} is an approver, who only reads and decides",
                fix="leave manage out, or make the key of an operator",
                field="scopes",
            )
    check_scopes(scopes, of_agent=of_agent)
    check_text(name, field="name")
    if expires_at is not None and expires_at <= now:
        raise BadInput(
            "the key would have expired before it was made", fix="name a later time, or none", field="expires"
        )
    key_id = KeyId(tx.mint("key"))
    text = spell_key(key_id, secret)
    _, secret_hash = read_key(text)
    key = Key(key_id, owner_id, name, tuple(sorted(scopes)), secret_hash, text[-4:], now, expires_at, None)
    tx.keys.add(key)
    detail = f"for {owner_id}: {', '.join(key.scopes)}"
    note(tx, Action.KEY_CREATED, key.id, detail, by=by, request_id=request_id, now=now)
    return NewKey(key, text)


def check_maker(by: Principal, owner_id: str, scopes: frozenset[Scope]) -> None:
    """Raise NotAllowed when a key would make one that may more than it does itself.

    Keys of agents it makes freely, for they never decide. Who holds a person's key
    answers as that person, so it makes none for another one.
    """
    if owner_id.startswith("agent_"):
        return
    wider = scopes - frozenset(by.scopes)
    if owner_id != by.actor.id or wider:
        raise NotAllowed(
            f"this key may {', '.join(by.scopes)}, and makes none that may {', '.join(sorted(wider))}"
            if wider
            else "a person's key makes no key for another person",
            fix="make it on the machine of the gateway: loftbox key create PERSON --scope SCOPE",
        )


def revoke(tx: Tx, key_id: str, *, by: Actor, request_id: RequestId, now: datetime) -> Key:
    """End a key at once; revoking twice is harmless."""
    key = tx.keys.get(key_id)
    if key.revoked_at is not None:
        return key
    revoked = replace(key, revoked_at=now)
    tx.keys.save(revoked)
    note(tx, Action.KEY_REVOKED, key.id, f"of {key.owner_id}", by=by, request_id=request_id, now=now)
    return revoked


def page(tx: Tx, page: Page) -> PageOf[Key]:
    """Keys, newest first."""
    return tx.keys.page(page)


def authenticate(tx: Tx, text: str, *, now: datetime) -> Principal:
    """Say who holds this key; raises NotAuthenticated, in the same words for every reason."""
    try:
        key_id, secret_hash = read_key(text)
    except BadInput as error:
        raise NotAuthenticated(error.fact, fix="send Authorization: Bearer lb_live_…") from None
    key = tx.keys.find(id=key_id)
    stored = key.hash if key else hash_secret("")
    if not hmac.compare_digest(stored, secret_hash) or key is None or not key.live(now):
        raise NotAuthenticated(
            "this API key is unknown, revoked or expired", fix="make one with: loftbox key create"
        )
    if key.owner_id.startswith("agent_"):
        agent = tx.agents.get(key.owner_id)
        return Principal(
            key.id, key.scopes, Actor(Kind.AGENT, agent.id, agent.name, Via.API), Viewer(AgentId(agent.id))
        )
    person = tx.persons.get(key.owner_id)
    actor = Actor(Kind.PERSON, person.id, person.name, Via.API)
    return Principal(key.id, _scopes_now(key, person), actor, Viewer())


def _scopes_now(key: Key, person: Person) -> tuple[Scope, ...]:
    """What a key may still do: one that was made for an operator manages nothing for an approver."""
    if person.role is Role.OPERATOR:
        return key.scopes
    return tuple(scope for scope in key.scopes if scope is not Scope.MANAGE)
