"""Looking at the store: quickly, and through everything in it."""

import contextlib
import hashlib
from pathlib import Path

import pytest

from loftbox_cli.core.doctor.contents import Looked, Part
from loftbox_cli.core.errors import DamagedStore, NotInitialised
from loftbox_cli.core.mailbox import Oversight
from loftbox_cli.edge.store import contents, file
from loftbox_cli.edge.store.quick_look import quick_look, wal_size
from tests.edge.test_store_backup import damage
from tests.services.house import House, opened_house

SOUND = dict.fromkeys(Part, ())
LONG = 60.0


@pytest.fixture
def used(tmp_path: Path) -> Path:
    """A store where mail came and went, with nobody at work on it."""
    with opened_house(tmp_path) as house:
        fill(house)
        return house.path


def fill(house: House) -> None:
    mailbox = house.mailbox(agent=house.agent())
    house.receive(mailbox.address)
    house.send(mailbox, "jane@customer.test", "tom@customer.test")
    house.send(house.mailbox("gated@example.com", oversight=Oversight.GATED_ALL))


def looked(path: Path) -> dict[Part, Looked]:
    return {each.part: each for each in contents.look_through(path)}


def faults(path: Path) -> dict[Part, tuple[str, ...]]:
    return {part: each.faults for part, each in looked(path).items() if each.faults}


def change(path: Path, *statements: str) -> None:
    with contextlib.closing(file.open_writer(path, alone=True)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        for statement in statements:
            connection.execute(statement)


HELD = "(SELECT id FROM messages WHERE state = 'held')"

MAIL_FAULTS = {
    "words that are gone": (
        "DELETE FROM words WHERE rowid = 1",
        Part.WORDS,
        "no words are indexed of message msg_",
    ),
    "words of another text": (
        "UPDATE words SET text = 'other' WHERE rowid = 1",
        Part.WORDS,
        "other words than its own are indexed of message msg_",
    ),
    "words of nothing": (
        "INSERT INTO words (rowid, message_id, text) VALUES (99, 'msg_gone', 'x')",
        Part.WORDS,
        "words are indexed of message msg_gone, which is gone",
    ),
    "a thread of another mailbox": (
        "UPDATE threads SET mailbox_id = (SELECT id FROM mailboxes WHERE address = 'postmaster')",
        Part.THREADS,
        "of another mailbox",
    ),
    "a thread without a message": (
        "INSERT INTO threads SELECT 'thread_x', mailbox_id, '', 'open', 0, 0 FROM threads LIMIT 1",
        Part.THREADS,
        "thread thread_x has no message",
    ),
    "a participant from nowhere": (
        "UPDATE participants SET first_message_id = 'msg_gone' WHERE address = 'jane@peer.test'",
        Part.THREADS,
        "participant jane@peer.test of thread thread_",
    ),
    "a held message that nobody is asked about": (
        f"UPDATE approvals SET state = 'expired' WHERE message_id = {HELD}",  # noqa: S608 - our own words
        Part.APPROVALS,
        "is held and waits for no approval",
    ),
    "an approval of a message that is not held": (
        "UPDATE messages SET state = 'blocked' WHERE state = 'held'",
        Part.APPROVALS,
        "is pending and message msg_",
    ),
    "a delivery of a held message": (
        f"UPDATE deliveries SET message_id = {HELD} WHERE recipient = 'tom@customer.test'",  # noqa: S608 - our own words
        Part.DELIVERIES,
        ", which is held",
    ),
    "a delivery for somebody else": (
        "UPDATE deliveries SET recipient = 'eve@customer.test' WHERE recipient = 'tom@customer.test'",
        Part.DELIVERIES,
        "goes to eve@customer.test, whom message msg_",
    ),
    "two deliveries for one": (
        "UPDATE deliveries SET recipient = 'jane@customer.test'",
        Part.DELIVERIES,
        "has 2 deliveries for jane@customer.test",
    ),
    "an attempt that is not counted": (
        "UPDATE deliveries SET attempts = 3 WHERE recipient = 'tom@customer.test'",
        Part.DELIVERIES,
        "counts 3 attempts, and there are 0",
    ),
}


@pytest.mark.parametrize(("statement", "part", "words"), MAIL_FAULTS.values(), ids=MAIL_FAULTS.keys())
def test_mail_that_does_not_hold_together_is_named_by_its_id(
    used: Path, statement: str, part: Part, words: str
) -> None:
    change(used, statement)
    assert any(words in fault for fault in faults(used)[part])


def test_a_used_store_is_sound_and_each_thing_in_it_was_looked_at(used: Path) -> None:
    assert faults(used) == {}
    counts = {part: each.count for part, each in looked(used).items()}
    assert counts[Part.BLOBS] == 3
    assert counts[Part.WORDS] == 3
    assert counts[Part.THREADS] == 3
    assert counts[Part.APPROVALS] == 1
    assert counts[Part.RELEASED] == 1
    assert counts[Part.DELIVERIES] == 2
    assert counts[Part.EVENTS] > 4


def test_raw_mail_with_other_bytes_is_named(used: Path) -> None:
    other = hashlib.sha256(b"other").hexdigest()
    change(used, f"INSERT INTO blobs (sha256, raw) VALUES ('{other}', x'00')")  # noqa: S608 - a hash of our own
    assert faults(used) == {Part.BLOBS: (f"the raw mail {other} has other bytes than it came with",)}


def test_a_released_message_without_a_delivery_is_named_with_its_recipient(used: Path) -> None:
    change(used, "DELETE FROM deliveries WHERE recipient = 'tom@customer.test'")
    found = faults(used)
    assert list(found) == [Part.RELEASED]
    assert found[Part.RELEASED][0].endswith("has no delivery for tom@customer.test")


def test_a_delivery_without_its_message_is_named(used: Path) -> None:
    change(used, "UPDATE deliveries SET message_id = 'msg_gone' WHERE recipient = 'tom@customer.test'")
    found = faults(used)
    assert list(found) == [Part.REFERENCES, Part.RELEASED, Part.DELIVERIES]
    assert "names a row of messages that is gone" in found[Part.REFERENCES][0]
    assert found[Part.DELIVERIES][0].endswith("belongs to message msg_gone, which is gone")


def test_events_that_are_missing_between_others_are_named(used: Path) -> None:
    change(used, "DELETE FROM events WHERE seq IN (3, 4)")
    assert faults(used)[Part.EVENTS] == ("events 3 to 4 are gone",)


def test_events_that_are_missing_at_the_end_are_named(used: Path) -> None:
    newest = looked(used)[Part.EVENTS].count
    change(used, f"DELETE FROM events WHERE seq = {newest}")  # noqa: S608 - a number of our own
    assert faults(used)[Part.EVENTS] == (f"events {newest} to {newest} are gone",)


def test_the_oldest_events_may_have_gone_with_their_time(used: Path) -> None:
    change(used, "DELETE FROM events WHERE seq <= 2")
    assert faults(used) == {}


def test_a_damaged_index_is_found_by_both_looks(used: Path) -> None:
    damage(used)
    assert list(faults(used)) == [Part.PAGES]
    assert quick_look(used, seconds=LONG).faults


def test_a_part_that_cannot_be_read_keeps_nobody_from_the_others(used: Path) -> None:
    change(used, "DROP TABLE deliveries")
    found = faults(used)
    assert "cannot be read" in found[Part.DELIVERIES][0]
    assert Part.EVENTS not in found


def test_looking_changes_nothing(used: Path) -> None:
    before = used.read_bytes()
    looked(used)
    quick_look(used, seconds=LONG)
    assert used.read_bytes() == before


def test_a_quick_look_at_a_sound_store_finishes(used: Path) -> None:
    look = quick_look(used, seconds=LONG)
    assert (look.faults, look.finished, look.shape) == ((), True, len(file.migrations()))


def test_a_quick_look_stops_when_its_time_is_over(used: Path) -> None:
    change(
        used,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)"
        " INSERT INTO facts SELECT 'fact' || i, hex(randomblob(200)) FROM n",
    )
    assert not quick_look(used, seconds=0).finished


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotInitialised):
        quick_look(tmp_path / "none.db", seconds=LONG)
    (tmp_path / "text.db").write_text("dear diary\n" * 500)
    with pytest.raises(DamagedStore):
        list(contents.look_through(tmp_path / "text.db"))


def test_the_write_ahead_log_is_measured(used: Path) -> None:
    assert wal_size(used) == 0
    with contextlib.closing(file.open_writer(used, alone=True)) as connection:
        connection.execute("INSERT INTO facts VALUES ('a', 'b')")
        assert wal_size(used) > 0
