"""What keeps a store for long: copies, and going through everything in it."""

from collections.abc import Iterator
from pathlib import Path

from loftbox_cli.core.doctor.check import Check
from loftbox_cli.core.doctor.contents import judge_part
from loftbox_cli.edge.store import backup, contents
from loftbox_cli.edge.system.owner import check_owner, current_user
from loftbox_cli.wiring import LoftBox


def back_up(loftbox: LoftBox, target: Path) -> int:
    """Copy the store into the new file `target`, and answer its size; raises AlreadyExists."""
    check_owner(loftbox.loaded.store, user=current_user())
    return backup.back_up(loftbox.file, target)


def look_through(loftbox: LoftBox) -> Iterator[Check]:
    """Go through the whole store, and judge each part of it."""
    check_owner(loftbox.loaded.store, user=current_user())
    yield from map(judge_part, contents.look_through(loftbox.file))
