"""Answering by the link of a notice: one person, one revision of one question, one answer."""

from dataclasses import dataclass, replace
from datetime import datetime

from loftbox_cli.core.actor import Actor, Kind, Via
from loftbox_cli.core.approval import ApprovalState
from loftbox_cli.core.errors import NotAllowed, NotFound, StaleRevision
from loftbox_cli.core.ids import RequestId
from loftbox_cli.core.link import Link, hash_of, is_secret
from loftbox_cli.core.person import Person
from loftbox_cli.services import approvals
from loftbox_cli.services.approvals import Asked, Decided
from loftbox_cli.services.tx import Tx


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link leads to: a question as it stands, and whose link it is."""

    link: Link
    person: Person
    asked: Asked
    mailbox: str

    @property
    def is_current(self) -> bool:
        """Whether the message is still the one that the notice was about."""
        return self.link.revision == self.asked.approval.revision

    @property
    def is_open(self) -> bool:
        """Whether this link can still decide."""
        pending = self.asked.approval.state is ApprovalState.PENDING
        return pending and self.is_current and self.link.used_at is None


def open_link(tx: Tx, look: str) -> Opened:
    """What the secret in the path leads to; raises NotFound. Looking changes nothing."""
    link = tx.links.find(id=hash_of(look)) if is_secret(look) else None
    if link is None:
        raise NotFound("this link leads nowhere", fix="take the one in the newest notice")
    asked = approvals.show(tx, link.approval_id)
    mailbox = tx.mailboxes.get(asked.message.mailbox_id).address
    return Opened(link, tx.persons.get(link.person_id), asked, mailbox)


def answer(
    tx: Tx, look: str, code: str, *, yes: bool, why: str, request_id: RequestId, now: datetime
) -> Decided | None:
    """Say yes or no with the code; None when the link said it before, or there is nothing more to say.

    Raises NotFound for the link, NotAllowed for the code, and what a decision raises.
    """
    opened = open_link(tx, look)
    if opened.link.used_at is not None or opened.asked.approval.state is not ApprovalState.PENDING:
        return None
    if not opened.link.opens(code):
        raise NotAllowed("this is not the code of this link", fix="copy it whole from the notice")
    if not opened.is_current:
        raise StaleRevision(
            "the message was edited since this notice was written",
            fix="take the link in the notice of the newest revision",
        )
    by = Actor(Kind.PERSON, opened.person.id, opened.person.name, Via.LINK)
    decided = (approvals.approve if yes else approvals.reject)(
        tx,
        opened.link.approval_id,
        by=by,
        revision=opened.link.revision,
        why=why,
        request_id=request_id,
        now=now,
    )
    for each in tx.links.all(approval_id=opened.link.approval_id, person_id=opened.person.id):
        tx.links.save(replace(each, used_at=now))
    return decided
