"""What a fault of the database means for whoever asked: nothing happened, and when to try again."""

from loftbox_cli.core.errors import DiskLow, StoreBusy, StoreFailed, TryLater


def in_our_words(error: Exception) -> TryLater:
    """What a fault of the database means for the caller: nothing happened, try later."""
    words = str(error)
    if "full" in words:
        return DiskLow("the disk of the store is full", fix="make room; nothing has to be restarted")
    if "locked" in words or "busy" in words:
        return StoreBusy("another process holds the store", fix="try again in a moment")
    return StoreBusy(
        f"the store could not be written: {words}", fix="loftbox status shows the state of the store"
    )


def passes(error: Exception) -> bool:
    """Say whether the next commit may be free of it: the disk is full, or another process holds the file."""
    return any(word in str(error) for word in ("full", "locked", "busy"))


def disk_failed() -> StoreFailed:
    """What everybody hears after a commit that the disk refused."""
    return StoreFailed(
        "the disk of the store failed, and nothing is written any more",
        fix="look at the disk and the kernel's log, then start loftbox serve again",
    )
