"""What a program and all its descendants have used, from /proc."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Used:
    """`cpu` is seconds since the start, `memory` octets of proportional set size (PSS) just now."""

    cpu: float
    memory: int


def used(root: int) -> Used:
    """Look at the process `root` and everything under it."""
    cpu, memory = 0.0, 0
    for pid in _tree(root):
        with suppress(OSError):  # it may end while we look
            # proc(5): of the fields after the name, 11 to 14 are the ticks of the process
            # and of those of its children that it has waited for.
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            cpu += sum(int(ticks) for ticks in fields[11:15]) * _TICK
            memory += _pss(pid)
    return Used(cpu, memory)


def by_process(root: int) -> dict[str, int]:
    """The memory of each process of the tree in octets, by its number and what it runs."""
    found: dict[str, int] = {}
    for pid in _tree(root):
        with suppress(OSError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            module = next((word.decode() for word in words if b"loftbox_cli" in word), "?")
            found[f"{module.rpartition('.')[2]} {pid}"] = _pss(pid)
    return found


def _tree(root: int) -> Iterator[int]:
    yield root
    with suppress(OSError):
        for task in Path(f"/proc/{root}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _tree(int(child))


def _pss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0
