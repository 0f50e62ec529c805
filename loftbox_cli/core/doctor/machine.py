"""What is judged about the machine: its SQLite, disk, clock, and the names it goes by."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from loftbox_cli.core.doctor.check import Check, Health
from loftbox_cli.core.duration import spell_duration
from loftbox_cli.core.events import spell_time

_MIB = 1 << 20
# A healthy WAL is one checkpoint long, 64 MiB; four times that is more than a busy moment.
WAL_LARGE = 256 * _MIB
CLOCKS_DIFFER = timedelta(minutes=1)
JUMP = timedelta(minutes=10)
# RFC 6761 section 6, RFC 6762 section 3 and appendix G: no other mail server finds these.
NOT_PUBLIC = frozenset(
    {"corp", "home", "internal", "intranet", "invalid", "lan", "local", "localdomain", "localhost", "private"}
)


@dataclass(frozen=True, slots=True)
class Library:
    """The SQLite in use; `repaired` ones do not lose a WAL that two connections checkpoint."""

    version: tuple[int, ...]
    repaired: bool
    needed: tuple[int, ...]


def judge_library(library: Library) -> Check:
    """Judge the SQLite library."""
    version, needed = _dotted(library.version), _dotted(library.needed)
    if library.repaired:
        return Check("sqlite", Health.OK, f"SQLite {version} is in use")
    return Check(
        "sqlite",
        Health.WARNING,
        f"SQLite {version} may damage a store that two processes checkpoint at once: only the gateway does",
        f"install the package pysqlite3, or a Python that comes with SQLite {needed} or newer",
    )


def judge_disk(free: int, least: int) -> Check:
    """Judge the room in octets; below `least`, mail is not accepted."""
    fact = f"the disk of the store has {free // _MIB} MiB left"
    if free < least:
        return Check(
            "disk", Health.WRONG, f"{fact}: mail is refused for now below {least // _MIB} MiB", "make room"
        )
    if free < 2 * least:
        return Check(
            "disk",
            Health.WARNING,
            f"{fact}, and {least // _MIB} MiB are needed",
            "make room before it is full",
        )
    return Check("disk", Health.OK, fact)


def judge_wal(size: int) -> Check:
    """Judge how much waits to be moved from the write-ahead log into the store."""
    fact = f"the write-ahead log of the store has {size / _MIB:.1f} MiB"
    if size < WAL_LARGE:
        return Check("wal", Health.OK, fact)
    return Check(
        "wal",
        Health.WARNING,
        f"{fact}: somebody has been reading for long, or nobody checkpoints",
        "end programs that hold the store open, and restart the gateway",
    )


def judge_clock(now: datetime, newest: datetime | None) -> Check:
    """Judge the clock by the newest thing that the store remembers: time does not go back."""
    fact = f"the clock says {spell_time(now)}"
    if newest is None or now - newest >= -CLOCKS_DIFFER:
        return Check("clock", Health.OK, fact)
    behind = spell_duration(timedelta(seconds=(newest - now) // timedelta(seconds=1)))
    return Check(
        "clock",
        Health.WRONG if newest - now > JUMP else Health.WARNING,
        f"{fact}, and the store has seen {spell_time(newest)}: it went back by {behind}, or was ahead before",
        "set the clock, and let it follow a time server: timedatectl set-ntp true",
    )


def judge_names(hostname: str, operator: str) -> Iterator[Check]:
    """Judge who we say that we are."""
    yield _hostname(hostname)
    if operator:
        yield Check("operator", Health.OK, f"notices go to {operator}")
    else:
        yield Check(
            "operator",
            Health.WRONG,
            "there is no address for notices",
            "set [gateway] operator to your address",
        )


def _hostname(hostname: str) -> Check:
    fix = "set [gateway] hostname to the full name that DNS has for this machine"
    if not hostname:
        return Check("hostname", Health.WRONG, "this mail server has no name", fix)
    if hostname.rpartition(".")[2] in NOT_PUBLIC or "." not in hostname:
        return Check("hostname", Health.WARNING, f"no other mail server can look up {hostname}", fix)
    return Check("hostname", Health.OK, f"this mail server is {hostname}")


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
