"""Writing down a change of the configuration, in the transaction that makes it."""

from datetime import datetime

from loftbox_cli.core.actor import Actor
from loftbox_cli.core.change import Action, Change
from loftbox_cli.core.ids import RequestId
from loftbox_cli.services.tx import Tx


def note(
    tx: Tx, action: Action, thing: str, detail: str, *, by: Actor, request_id: RequestId, now: datetime
) -> None:
    """Keep who did what to which thing."""
    tx.changes.add(Change(tx.mint("chg"), now, by.id, by.via.value, request_id, action, thing, detail))
