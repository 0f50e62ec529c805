"""What is stored makes nothing dearer: every question finds what it wants by an index.

A gateway does its work and is asked everything in every way; then all its mail is copied
many times over, and it does the same again. SQLite tells which way it takes for each
statement, and counts the steps that each operation costs: both are facts, whatever the
machine does.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from loftbox_cli.core.approval import ApprovalState
from loftbox_cli.core.delivery import DeliveryState
from loftbox_cli.core.message import Direction
from loftbox_cli.core.page import Page
from loftbox_cli.core.policy.facts import FACTS
from loftbox_cli.core.policy.read import read_policy
from loftbox_cli.edge.store import file, sqlite
from loftbox_cli.services import (
    answers,
    approvals,
    deliveries,
    events,
    facts,
    intake,
    keys,
    messages,
    notices,
    notify,
    queue,
    replaying,
    schedule,
    status,
    suppressions,
    threads,
    webhooks,
)
from loftbox_cli.services.tx import EVERYTHING
from tests.edge.growth_kit import WORD, Ear, Gateway
from tests.services.house import START, opened_house

COPIES = 30
PAGE = Page(2)
POLICY = (Path(__file__).parents[2] / "config/policies/volume.toml").read_text()

# Tables whose rows are as many as the things that an operator set up, and names for rows that are
# no table's: values that were given, and what was found before.
FEW = {
    "agents", "domains", "domain_keys", "domain_routes", "mailboxes", "persons", "endpoints", "facts",
    "pauses", "pause_spans", "rests", "policies", "policy_bindings", "policy_versions",
    "sqlite_master", "json_each", "each_mailbox", "theirs", "lane", "CONSTANT",
}  # fmt: skip
# Partial indexes hold what waits, and nothing that has come to its end; but for what was given up.
WAITING = {
    "arrivals_due", "deliveries_due", "deliveries_to_look_at", "deliveries_leased",
    "deliveries_by_destination", "notifications_due", "notifications_exhausted", "approvals_pending",
    "messages_scheduled",
}  # fmt: skip
# Read from one end, until a page is full; or the number of the last row.
FROM_ONE_END = re.compile(r"FROM \"?\w+\"?( WHERE 1)? ORDER BY \S+ (ASC|DESC) LIMIT :most$")


Operation = Callable[[], object]


def operations(gateway: Gateway) -> Mapping[str, Operation]:
    """Everything that a gateway does and is asked, again and again."""
    house, viewer, now = gateway.house, gateway.viewer, gateway.house.now
    see, box, old = house.see, gateway.boxes[0], gateway.old[0]
    message = house.message(old)
    person = message.from_[0].address
    thread = message.thread_id
    delivery = see(lambda tx: next(each for each in tx.deliveries.page(Page(1)).items))

    sent = house.message(delivery.message_id)

    def answered() -> None:
        mail = gateway.mail(person, f"again.{next(gateway.numbers)}", message.rfc_message_id)
        house.receive(box.address, reading=mail)
        gateway.post()

    def written() -> None:
        house.send(box, f"new{next(gateway.numbers)}@peer.test")
        gateway.carry()

    return {
        "mail of a new thread": gateway.converse,
        "mail of an old thread": answered,
        "a message that is sent": written,
        "void leases": lambda: [
            house.do(intake.void_leases),
            house.do(deliveries.void_leases, now=now),
            house.do(notify.void_leases),
        ],
        "look for what is due": lambda: [
            see(intake.waits, now=now),
            house.claim(),
            see(lambda tx: tx.due.next_at()),
            see(notify.next_at, busy=()),
            see(notices.due, now=now),
            see(queue.something_to_look_at, now=now),
            see(answers.old, now=now),
            house.do(schedule.let_go, now=now),
            house.do(approvals.expire, now=now),
            house.do(deliveries.void_leases, now=now, lapsed_only=True),
            house.pass_time(),
        ],
        "know a key": lambda: see(keys.authenticate, gateway.key, now=START),
        "status": lambda: see(status.status, now=now),
        "show a thread": lambda: see(threads.retrieve, thread, PAGE, viewer),
        "show a message": lambda: see(messages.show, old, viewer),
        "show a delivery": lambda: see(queue.show, delivery.id, viewer, now=now),
        "list the queue": lambda: [
            see(queue.page, PAGE, eyes, now=now, mailbox=mailbox, state=state)
            for eyes in (EVERYTHING, viewer)
            for mailbox in ("", box.id, gateway.silent.id)
            for state in (None, *DeliveryState)
        ],
        "trace": lambda: [
            see(events.trace, thing, EVERYTHING) for thing in (old, thread, message.request_id, delivery.id)
        ],
        "list webhooks' notifications": lambda: see(
            webhooks.notifications, gateway.hook.id, PAGE, EVERYTHING
        ),
        "list approvals": lambda: [
            see(approvals.page, PAGE, state=state) for state in (None, ApprovalState.APPROVED)
        ],
        "list suppressions": lambda: [
            see(suppressions.page, PAGE, **by)
            for by in ({}, {"domain": "example.com"}, {"address": "jane@peer.test"})
        ],
        "find out what policies ask": lambda: see(lambda tx: facts.gather(tx, sent, frozenset(FACTS), now)),
        "replay a policy": lambda: see(
            replaying.replay, read_policy(POLICY), PAGE, since=now - timedelta(days=1), mailbox=box.address
        ),
        **dict(_lists(gateway)),
    }


def _lists(gateway: Gateway) -> Iterator[tuple[str, Operation]]:
    """Pages of each list, as an operator sees them and as an agent does, narrowed in each way."""
    see, old, box, silent = gateway.house.see, gateway.old[0], gateway.boxes[0].id, gateway.silent.id
    message = gateway.house.message(old)
    mails = {
        "all": messages.ANY,
        "of a mailbox": messages.Wanted(mailbox=box),
        "of a silent mailbox": messages.Wanted(mailbox=silent),
        "that came": messages.Wanted(direction=Direction.INBOUND),
        "that a silent mailbox sent": messages.Wanted(mailbox=silent, direction=Direction.OUTBOUND),
        "of a thread": messages.Wanted(thread=message.thread_id),
        "of a person": messages.Wanted(sender=message.from_[0].address),
        "of nobody": messages.Wanted(sender="nobody@peer.test"),
        "with a word": messages.Wanted(words=WORD),
    }
    happened = {
        "all": events.Wanted(),
        "of a mailbox": events.Wanted(mailbox_id=box),
        "of a silent mailbox": events.Wanted(mailbox_id=silent),
        "of a type": events.Wanted(types=("message.received",)),
        "of a rare type": events.Wanted(types=("canary.found",)),
        "of a rare type, of a mailbox": events.Wanted(types=("canary.found",), mailbox_id=box),
        "of a thread": events.Wanted(thread_id=message.thread_id, types=("message.received",)),
        "of a message": events.Wanted(message_id=old),
        "of a request": events.Wanted(request_id=message.request_id),
    }
    seq = str(see(lambda tx: tx.journal.after(0, 5)[-1].seq))
    for (who, eyes), (kind, page) in product(
        {"operator": EVERYTHING, "agent": gateway.viewer}.items(),
        {"first": PAGE, "next": Page(2, after="?"), "oldest": Page(2, newest_first=False)}.items(),
    ):

        def after(cursor: str, page: Page = page) -> Page:
            return replace(page, after=cursor) if page.after else page

        for name, mail in mails.items():
            yield f"messages {name}, {kind}, {who}", partial(see, messages.page, after(old), eyes, mail)
        for name, event in happened.items():
            yield f"events {name}, {kind}, {who}", partial(see, events.page, after(seq), event, eyes)
        yield f"threads, {kind}, {who}", partial(see, threads.page, after(message.thread_id), eyes)


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ear, dict[str, tuple[int, int]], Path]]:
    """What was asked, and the steps of each operation before and after the copying."""
    ear = Ear()
    with pytest.MonkeyPatch.context() as patch:
        connect = {name: getattr(sqlite.dbapi, name) for name in ("Connection", "OperationalError")}
        patch.setattr(sqlite, "dbapi", SimpleNamespace(connect=ear.connect, **connect))
        folder = tmp_path_factory.mktemp("growth")
        with opened_house(folder) as house:
            gateway = Gateway(house, ear)
            before = {name: gateway.steps(does) for name, does in operations(gateway).items()}
            gateway.copy(COPIES)
            after = {name: gateway.steps(does) for name, does in operations(gateway).items()}
            yield ear, {name: (before[name], after[name]) for name in before}, house.path


def test_no_operation_takes_more_steps_when_thirty_times_as_much_is_stored(heard: Any) -> None:
    _, steps, _ = heard
    dearer = {name: taken for name, taken in steps.items() if taken[1] > taken[0] * 1.2 + 60}
    assert dearer == {}


def test_no_statement_reads_all_of_a_table_that_grows(heard: Any) -> None:
    ear, _, path = heard
    with closing(file.open_reader(path)) as connection:
        scans = {sql: found for sql in sorted(ear.statements) if (found := list(_scans(connection, sql)))}
    assert scans == {}


def _scans(connection: Any, sql: str) -> Iterator[str]:
    """The steps of a plan that read a whole table, or a whole index that grows."""
    if not re.match(r"\s*(SELECT|WITH|UPDATE|DELETE)", sql) or FROM_ONE_END.search(" ".join(sql.split())):
        return
    given = dict.fromkeys(re.findall(r":(\w+)", sql), 0)
    for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {sql}", given or [0] * sql.count("?")):
        scan = re.match(r"SCAN (\S+)(?: EXISTS)?( VIRTUAL TABLE)?(?: USING (?:COVERING )?INDEX (\w+))?", step)
        if scan and not (scan[1] in FEW or scan[2] or scan[3] in WAITING or scan[1].startswith("(")):
            yield step
