"""Which policies hold for a mailbox: what always holds, its oversight, and whatever was bound."""

from collections.abc import Iterator

from loftbox_cli.core.decision import Answer
from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.mailbox import Mailbox
from loftbox_cli.core.policy.evaluate import InForce
from loftbox_cli.core.policy.presets import always, preset
from loftbox_cli.core.policy.read import read_policy
from loftbox_cli.core.policy.rule import Policy, PolicyRule
from loftbox_cli.core.policy.stored import GATEWAY, StoredPolicy
from loftbox_cli.services.tx import Tx


def policies_for(tx: Tx, mailbox: Mailbox) -> tuple[InForce, ...]:
    """The policies, each once, in the order in which they are asked.

    What leaves the operator's own mailbox are notices: one rule of the gate's holds for them.
    """
    if mailbox.agent_id is None:
        return ()
    return (always(), preset(mailbox.oversight), *_bound(tx, mailbox))


def stamps(policies: tuple[InForce, ...]) -> tuple[str, ...]:
    """What a decision remembers of the policies that made it."""
    return tuple(each.stamp for each in policies)


def _bound(tx: Tx, mailbox: Mailbox) -> Iterator[InForce]:
    seen: set[str] = set()
    for target in (GATEWAY, mailbox.domain_id, mailbox.agent_id, mailbox.id):
        if target is None:
            continue
        for binding in tx.policy_bindings.all(target=target):
            if binding.policy_id not in seen:
                seen.add(binding.policy_id)
                yield read(tx, tx.policies.get(binding.policy_id))


def read(tx: Tx, stored: StoredPolicy) -> InForce:
    """The newest version of a policy. One that cannot be read any more holds everything."""
    version = tx.policy_versions.find(policy_id=stored.id, number=stored.version)
    try:
        policy = read_policy(version.source) if version else _unreadable(stored.name, "it has no text")
    except BadInput as error:
        policy = _unreadable(stored.name, error.fact)
    return InForce(stored.id, stored.version, policy)


def _unreadable(name: str, why: str) -> Policy:
    words = f"policy {name} cannot be read: {why}"
    rule = PolicyRule("unreadable", words, Answer.HOLD, "policy_unreadable")
    return Policy(name, words, "UTC", {}, (rule,))
