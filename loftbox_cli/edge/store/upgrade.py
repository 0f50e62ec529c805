"""A store of an earlier shape is kept as it was, and then brought up to date."""

from pathlib import Path

from loftbox_cli.edge.store import file
from loftbox_cli.edge.store.backup import back_up_older


def upgrade(path: Path) -> Path | None:
    """Give the store the shape that this program needs; answers where it lies as it was, if that was another.

    Nothing is changed before the copy is whole and on the disk: an earlier LoftBox can go on with
    it. Only the holder of the daemon's lock may call this. Raises DiskLow when there is no room for
    the copy, and what `file.open_reader` raises.
    """
    kept = back_up_older(path) if file.is_behind(path) else None
    file.bring_up_to_date(path)
    return kept
