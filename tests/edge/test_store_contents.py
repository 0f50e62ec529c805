"""Looking at the store: quickly, and through everything in it."""

import contextlib
import hashlib
from pathlib import Path

import pytest

from loftbox_cli.core.doctor.contents import Looked, Part
from loftbox_cli.core.errors import DamagedStore, NotInitialised
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


def looked(path: Path) -> dict[Part, Looked]:
    return {each.part: each for each in contents.look_through(path)}


def faults(path: Path) -> dict[Part, tuple[str, ...]]:
    return {part: each.faults for part, each in looked(path).items() if each.faults}


def change(path: Path, *statements: str) -> None:
    with contextlib.closing(file.open_writer(path, alone=True)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        for statement in statements:
            connection.execute(statement)


def test_a_used_store_is_sound_and_each_thing_in_it_was_looked_at(used: Path) -> None:
    assert faults(used) == {}
    counts = {part: each.count for part, each in looked(used).items()}
    assert counts[Part.BLOBS] == 2
    assert counts[Part.RELEASED] == 1
    assert counts[Part.DELIVERIES] == 2
    assert counts[Part.EVENTS] > 4


def test_raw_mail_with_other_bytes_is_named(used: Path) -> None:
    other = hashlib.sha256(b"other").hexdigest()
    change(used, f"INSERT INTO blobs VALUES ('{other}', x'00')")  # noqa: S608 - a hash of our own
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
