"""The delivery log: events in commit order, for reading and for following."""

from collections.abc import Mapping
from dataclasses import dataclass

from loftbox_cli.core.errors import BadInput, NotFound
from loftbox_cli.core.events import Event, EventType
from loftbox_cli.core.page import Page, PageOf
from loftbox_cli.services.tx import Tx, Viewer


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events: "" stands for any."""

    type: str = ""
    mailbox_id: str = ""
    thread_id: str = ""
    message_id: str = ""
    request_id: str = ""

    def where(self, viewer: Viewer) -> Mapping[str, str]:
        """The conditions that this adds up to; raises BadInput for a type that does not exist."""
        if self.type and self.type not in {kind.value for kind in EventType}:
            raise BadInput(f"there is no event type {self.type}", field="type")
        given = {
            name: value
            for name in ("type", "mailbox_id", "thread_id", "message_id", "request_id")
            if (value := getattr(self, name))
        }
        return {**given, **viewer.only}


def page(tx: Tx, page: Page, wanted: Wanted, viewer: Viewer) -> PageOf[Event]:
    """A page of events; its cursor is the `seq` of the last one."""
    where = wanted.where(viewer)
    place = _seq(page.after)
    if page.newest_first:
        found = tx.journal.before(place, page.limit + 1, **where)
    else:
        found = tx.journal.after(place or 0, page.limit + 1, **where)
    shown = tuple(found[: page.limit])
    return PageOf(shown, str(shown[-1].seq) if len(found) > page.limit else "")


def after(tx: Tx, seq: int, limit: int, wanted: Wanted, viewer: Viewer) -> list[Event]:
    """What happened after `seq`, oldest first: the step that followers repeat."""
    return tx.journal.after(seq, limit, **wanted.where(viewer))


def last_seq(tx: Tx) -> int:
    """Where the log ends now."""
    return tx.journal.last_seq()


def find(tx: Tx, event_id: str, viewer: Viewer) -> Event:
    """One event; one about another agent's mailbox is NotFound."""
    event = tx.journal.get(event_id)
    if viewer.agent_id not in (None, event.agent_id):
        raise NotFound(f"there is no event {event_id}", fix="loftbox logs shows what happened")
    return event


def _seq(cursor: str) -> int | None:
    if not cursor:
        return None
    if not (cursor.isascii() and cursor.isdecimal()) or len(cursor) > 18:
        raise BadInput(f"the cursor {cursor} points nowhere", field="cursor")
    return int(cursor)
