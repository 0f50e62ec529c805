"""Mailboxes: an agent's addresses."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from loftbox_cli.core.actor import Actor, Kind
from loftbox_cli.core.address import comparable, parse_address, split_subaddress
from loftbox_cli.core.errors import BadInput, Conflict, NotAllowed, NotFound
from loftbox_cli.core.header import check_text
from loftbox_cli.core.ids import AgentId, MailboxId, RequestId
from loftbox_cli.core.mailbox import RESERVED, Mailbox, Oversight
from loftbox_cli.core.page import Page, PageOf
from loftbox_cli.services.recipients import find_mailbox
from loftbox_cli.services.stepping import set_oversight
from loftbox_cli.services.tx import Tx, Viewer


def create(
    tx: Tx,
    *,
    address: str,
    agent_id: AgentId,
    display_name: str,
    oversight: Oversight,
    metadata: Mapping[str, str],
    now: datetime,
) -> Mailbox:
    """Give an agent an address.

    Raises NotFound for a domain that is not ours, Conflict while it is unproven.
    """
    spec = parse_address(address, field="address")
    check_text(display_name, field="display_name")
    for name, value in metadata.items():
        check_text(name, field="metadata")
        check_text(value, field="metadata")
    if split_subaddress(spec.local) != (spec.local, ""):
        raise BadInput(
            "a mailbox has no + in its name: name+tag@ reaches the mailbox name@",
            fix="leave the + and what follows out",
            field="address",
        )
    if spec.local.lower() in RESERVED:
        raise BadInput(
            f"{spec.local}@ is reserved: it reaches the operator",
            fix="choose another name before the @",
            field="address",
        )
    if spec.needs_smtputf8:
        raise BadInput(
            f"{spec} is not ASCII: hosts without SMTPUTF8 would refuse all that is sent from it",
            fix="give the mailbox an ASCII address, and the name to its display name",
            field="address",
        )
    domain = tx.domains.find(name=spec.domain)
    if domain is None:
        raise NotFound(
            f"{spec.domain} is not a domain of this gateway",
            fix=f"loftbox domain add {spec.domain}",
            field="address",
        )
    if domain.verified_at is None:
        raise Conflict(
            f"domain {domain.name} is not verified yet",
            fix=f"publish its records, then: loftbox domain verify {domain.name}",
        )
    agent = tx.agents.get(agent_id)
    mailbox = Mailbox(
        id=MailboxId(tx.mint("mbx")),
        address=comparable(spec),
        domain_id=domain.id,
        agent_id=agent.id,
        display_name=display_name,
        owner=agent.owner,
        oversight=oversight,
        metadata=dict(metadata),
        created_at=now,
    )
    tx.mailboxes.add(mailbox)
    return mailbox


def page(tx: Tx, page: Page, viewer: Viewer) -> PageOf[Mailbox]:
    """Mailboxes, newest first; an agent sees its own."""
    return tx.mailboxes.page(page, **viewer.only)


def match_by_subject(tx: Tx, name: str, *, wanted: bool) -> Mailbox:
    """Set whether a mail that names no other one joins a thread by its subject."""
    mailbox = replace(find_mailbox(tx, name, Viewer()), match_subject=wanted)
    tx.mailboxes.save(mailbox)
    return mailbox


def oversee(
    tx: Tx, name: str, oversight: Oversight, *, by: Actor, why: str, request_id: RequestId, now: datetime
) -> Mailbox:
    """Set how much of a mailbox's mail a person sees before it leaves; only people do."""
    if by.kind is Kind.AGENT:
        raise NotAllowed("an agent does not set its own oversight", fix="ask the operator")
    check_text(why, field="why")
    mailbox = find_mailbox(tx, name, Viewer())
    if mailbox.agent_id is None:
        raise Conflict(
            f"mailbox {mailbox.address} is the operator's own and sends nothing",
            fix="name a mailbox of an agent: loftbox mailbox list",
        )
    return set_oversight(tx, mailbox, oversight, by=by, why=why, request_id=request_id, now=now)
