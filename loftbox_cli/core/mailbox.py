"""An address on a verified domain, owned by one agent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from loftbox_cli.core.ids import AgentId, DomainId, MailboxId

# RFC 2142 section 4 and 5, RFC 5321 section 4.5.1: people must be able to reach people.
RESERVED = frozenset({"postmaster", "abuse", "mailer-daemon"})


class Oversight(StrEnum):
    """How much of an agent's mail a person sees before it leaves, from nothing leaves to nothing waits.

    Each is a policy that `core.policy.presets` spells out.
    """

    READ_ONLY = "read_only"
    GATED_ALL = "gated_all"
    GATED_SEND = "gated_send"
    SAMPLED = "sampled"
    MONITORED = "monitored"
    AUTONOMOUS = "autonomous"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """`address` is lower case with an A-label domain. The operator's mailbox has no agent.

    With `match_subject` a mail that names no other one joins a thread by its subject.
    """

    id: MailboxId
    address: str
    domain_id: DomainId | None
    agent_id: AgentId | None
    display_name: str
    owner: str
    oversight: Oversight
    metadata: Mapping[str, str]
    created_at: datetime
    match_subject: bool = False
