"""Which mailbox a name means: an envelope address, or what a caller wrote."""

from loftbox_cli.core import tag
from loftbox_cli.core.address import split_subaddress
from loftbox_cli.core.errors import NotFound, UnknownDomain, UnknownRecipient
from loftbox_cli.core.mailbox import RESERVED, Mailbox
from loftbox_cli.services.tx import OPERATOR_FACT, Tx, Viewer

_BOUNCE = tag.RETURN_PATH_LABEL + "."


def find_recipient(tx: Tx, address: str, *, tag_secret: bytes) -> Mailbox:
    """Find the mailbox that an envelope address reaches.

    Raises UnknownDomain for a domain that is not proven to be ours (accepting it would
    make us a relay) and UnknownRecipient for a name that nobody has.
    """
    local, at, domain = address.lower().rpartition("@")
    if not at:
        # RFC 5321 section 4.1.1.3: postmaster is the one name that needs no domain.
        if domain == "postmaster":
            return _operator(tx)
        raise UnknownRecipient(f"there is no mailbox {address}")
    mailbox = tx.mailboxes.find(address=f"{local}@{domain}")
    if mailbox is not None:
        return mailbox
    ours = tx.domains.find(name=domain) or tx.domains.find(name=domain.removeprefix(_BOUNCE))
    if ours is None or ours.verified_at is None:
        raise UnknownDomain(f"{domain} is not a domain of this gateway")
    if ours.name != domain:
        return _bounce_taker(tx, local, address, tag_secret)
    base, _ = split_subaddress(local)
    if base in RESERVED:
        return _operator(tx)
    mailbox = tx.mailboxes.find(address=f"{base}@{domain}")
    if mailbox is None:
        raise UnknownRecipient(f"there is no mailbox {address}")
    return mailbox


def receives_for(tx: Tx, domain: str) -> bool:
    """Whether we receive the mail of this domain: it is ours, and its MX led here when we last looked.

    A domain whose mail is received elsewhere only sends from here.
    """
    ours = tx.domains.find(name=domain)
    return ours is not None and ours.verified_at is not None and ours.inbound


def find_mailbox(tx: Tx, name: str, viewer: Viewer) -> Mailbox:
    """The mailbox with this id or address; one that the viewer does not see is NotFound."""
    where = {"id": name} if name.startswith("mbx_") else {"address": name.lower()}
    found = tx.mailboxes.find(**where, **viewer.only)
    if found is None:
        raise NotFound(
            f"there is no mailbox {name}", fix="loftbox mailbox list shows what there is", field="mailbox"
        )
    return found


def _bounce_taker(tx: Tx, local: str, address: str, tag_secret: bytes) -> Mailbox:
    """A bounce belongs to the mailbox whose message it is about."""
    if local in RESERVED:
        return _operator(tx)
    message_id = tag.read_return_path(local, tag_secret)
    message = tx.messages.find(id=message_id) if message_id else None
    if message is None:
        raise UnknownRecipient(f"{address} is no return path of ours")
    return tx.mailboxes.get(message.mailbox_id)


def _operator(tx: Tx) -> Mailbox:
    fact = tx.facts.get(OPERATOR_FACT)
    return tx.mailboxes.get(fact.value)
