"""Policies: kept in versions, bound to what they hold for.

A change is a version of its own, with who made it, when and why. Only people change
policies; what is built in changes with LoftBox.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from loftbox_cli.core.actor import Actor, Kind
from loftbox_cli.core.agent import Agent
from loftbox_cli.core.canonical import JSON
from loftbox_cli.core.domain import Domain
from loftbox_cli.core.errors import AlreadyExists, Conflict, NotAllowed, NotFound
from loftbox_cli.core.events import EventType
from loftbox_cli.core.header import check_text
from loftbox_cli.core.ids import PolicyId, RequestId
from loftbox_cli.core.mailbox import Mailbox
from loftbox_cli.core.page import Page, PageOf
from loftbox_cli.core.policy.presets import SOURCES
from loftbox_cli.core.policy.presets import VERSION as PRESET_VERSION
from loftbox_cli.core.policy.read import read_policy
from loftbox_cli.core.policy.rule import Policy
from loftbox_cli.core.policy.stored import GATEWAY, Binding, BindingScope, PolicyVersion, StoredPolicy
from loftbox_cli.services import in_force
from loftbox_cli.services.story import tell
from loftbox_cli.services.tx import Tx


@dataclass(frozen=True, slots=True)
class PolicyFound:
    """A policy with its text and what it is bound to; what LoftBox brings has neither id nor history."""

    name: str
    policy: Policy
    source: str
    version: int
    stored: StoredPolicy | None = None
    versions: tuple[PolicyVersion, ...] = ()
    bindings: tuple[Binding, ...] = ()


def add(tx: Tx, source: str, *, by: Actor, why: str, request_id: RequestId, now: datetime) -> PolicyFound:
    """Keep a policy under the name that it gives itself; it holds for nothing until it is bound.

    Raises BadInput that names the line, and AlreadyExists.
    """
    _people_only(by, why)
    policy = read_policy(source)
    if policy.name in SOURCES:
        raise AlreadyExists(f"{policy.name} is the name of a policy of LoftBox", fix="give it another name")
    if tx.policies.find(name=policy.name) is not None:
        raise AlreadyExists(
            f"there is a policy {policy.name} already",
            fix=f"loftbox policy set {policy.name} FILE changes it",
        )
    stored = StoredPolicy(PolicyId(tx.mint("pol")), policy.name, 1, policy.description, now, now)
    tx.policies.add(stored)
    tx.policy_versions.add(PolicyVersion(stored.id, 1, source, by.id, why, now))
    _tell(tx, stored, "added", "added", {"why": why}, by, request_id, now)
    return show(tx, stored.id)


def change(
    tx: Tx, name: str, source: str, *, by: Actor, why: str, request_id: RequestId, now: datetime
) -> PolicyFound:
    """Put another version in force at once; the same text again changes nothing.

    Raises BadInput that names the line, NotFound, and Conflict when the text has another name.
    """
    _people_only(by, why)
    stored = find(tx, name)
    policy = read_policy(source)
    if policy.name != stored.name:
        raise Conflict(
            f"the text calls itself {policy.name}, not {stored.name}",
            fix=f'write name = "{stored.name}" in it',
        )
    if _text(tx, stored) == source:
        return show(tx, stored.id)
    changed = replace(stored, version=stored.version + 1, description=policy.description, updated_at=now)
    tx.policies.save(changed)
    tx.policy_versions.add(PolicyVersion(stored.id, changed.version, source, by.id, why, now))
    _tell(tx, changed, "changed", "in force", {"why": why}, by, request_id, now)
    return show(tx, stored.id)


def page(tx: Tx, page: Page) -> PageOf[PolicyFound]:
    """Policies that were added, newest first."""
    found = tx.policies.page(page)
    return PageOf(tuple(_found(tx, each) for each in found.items), found.cursor)


def show(tx: Tx, name: str, *, version: int | None = None) -> PolicyFound:
    """A policy by id or name, as it is or as a version of it was; also one of those that LoftBox brings."""
    if name in SOURCES:
        source = SOURCES[name]
        return PolicyFound(name, read_policy(source), source, PRESET_VERSION)
    stored = find(tx, name)
    if version is None or version == stored.version:
        return _found(tx, stored)
    older = tx.policy_versions.find(policy_id=stored.id, number=version)
    if older is None:
        raise NotFound(
            f"policy {stored.name} has no version {version}", fix=f"its newest is {stored.version}"
        )
    found = _found(tx, stored)
    return replace(found, policy=read_policy(older.source), source=older.source, version=version)


def find(tx: Tx, name: str) -> StoredPolicy:
    """A policy that was added, by id or name; raises NotFound."""
    found = tx.policies.find(id=name) or tx.policies.find(name=name)
    if found is not None:
        return found
    if name in SOURCES:
        raise Conflict(
            f"{name} is a policy of LoftBox, which is neither changed nor bound",
            fix=f"keep a copy of it under another name: loftbox policy show {name} --source",
        )
    raise NotFound(f"there is no policy {name}", fix="loftbox policy list shows what there is")


def bind(
    tx: Tx,
    name: str,
    scope: BindingScope,
    target: str,
    *,
    by: Actor,
    request_id: RequestId,
    now: datetime,
) -> PolicyFound:
    """Let a policy hold for a mailbox, an agent, a domain or all; binding twice is harmless."""
    _people_only(by, "")
    stored = find(tx, name)
    target_id = _target(tx, scope, target)
    if tx.policy_bindings.find(policy_id=stored.id, target=target_id) is None:
        tx.policy_bindings.add(Binding(stored.id, scope, target_id, by.id, now))
        _tell(
            tx,
            stored,
            "bound",
            f"bound to {target or scope}",
            {"scope": scope.value, "target": target_id},
            by,
            request_id,
            now,
        )
    return show(tx, stored.id)


def unbind(
    tx: Tx,
    name: str,
    scope: BindingScope,
    target: str,
    *,
    by: Actor,
    request_id: RequestId,
    now: datetime,
) -> PolicyFound:
    """Let it hold there no more; raises NotFound when it did not."""
    _people_only(by, "")
    stored = find(tx, name)
    target_id = _target(tx, scope, target)
    if not tx.policy_bindings.remove(policy_id=stored.id, target=target_id):
        raise NotFound(
            f"policy {stored.name} is not bound to {target or 'all'}",
            fix=f"loftbox policy show {stored.name} tells to what it is",
        )
    _tell(
        tx,
        stored,
        "unbound",
        f"no more bound to {target or scope}",
        {"scope": scope.value, "target": target_id},
        by,
        request_id,
        now,
    )
    return show(tx, stored.id)


def _target(tx: Tx, scope: BindingScope, name: str) -> str:
    match scope:
        case BindingScope.ALL:
            return GATEWAY
        case BindingScope.MAILBOX:
            found: Mailbox | Agent | Domain | None = tx.mailboxes.find(id=name) or tx.mailboxes.find(
                address=name.lower()
            )
        case BindingScope.AGENT:
            found = tx.agents.find(id=name) or tx.agents.find(name=name)
        case BindingScope.DOMAIN:
            found = tx.domains.find(id=name) or tx.domains.find(name=name.lower())
    if found is None:
        raise NotFound(f"there is no {scope} {name}", fix=f"loftbox {scope} list shows what there is")
    return found.id


def _people_only(by: Actor, why: str) -> None:
    if by.kind is Kind.AGENT:
        raise NotAllowed("an agent changes no policy", fix="ask the operator")
    check_text(why, field="why")


def _found(tx: Tx, stored: StoredPolicy) -> PolicyFound:
    source = _text(tx, stored)
    return PolicyFound(
        stored.name,
        in_force.read(tx, stored).policy,
        source,
        stored.version,
        stored,
        tuple(tx.policy_versions.all(policy_id=stored.id)),
        tuple(tx.policy_bindings.all(policy_id=stored.id)),
    )


def _text(tx: Tx, stored: StoredPolicy) -> str:
    version = tx.policy_versions.find(policy_id=stored.id, number=stored.version)
    return version.source if version else ""


def _tell(
    tx: Tx,
    stored: StoredPolicy,
    change: str,
    detail: str,
    more: dict[str, JSON],
    by: Actor,
    request_id: RequestId,
    now: datetime,
) -> None:
    data: dict[str, JSON] = {
        "policy": stored.name,
        "policy_id": stored.id,
        "version": stored.version,
        "change": change,
        "detail": f"{stored.name}, version {stored.version}, {detail}",
        "by": by.id,
        **more,
    }
    tell(tx, EventType.POLICY_UPDATED, request_id, now, data)
