"""Let single system calls of a serving gateway fail, one place after the other, and reconcile.

    python -m tests.slow.syscalls [--last 8]

Needs strace and the right to trace. For each fault a gateway of its own takes mail
before it, in the middle of it and after it, is killed and started again. The n-th
sync or write after the beginning fails, once or from then on, with n from 1 to
`--last`; ends with 1 when a mail that got its 250 is gone, doubled or changed, when a
sender was refused for good, or when the gateway does not come back. Each fault takes
about three seconds.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.serve.gateway import new_gateway
from tests.serve.injecting import SYNCS, WRITES, Fault, broken_promises
from tests.serve.prepared import prepare


def faults(last: int) -> Iterator[Fault]:
    for number in range(1, last + 1):
        for calls, error in ((SYNCS, "EIO"), (WRITES, "ENOSPC"), (WRITES, "EIO")):
            yield Fault(calls, error, f"{number}")
            yield Fault(calls, error, f"{number}+")


async def one_fault(folder: Path, strace: str, fault: Fault) -> bool:
    """Make a gateway, let it meet the fault, and say what came of it; answers whether all was well."""
    gateway = new_gateway(folder)
    try:
        made = await gateway.run("init")
        assert made.code == 0, made.err
        with gateway.opened(alone=True) as loftbox:
            prepare(loftbox)
        told, failed, wrong = await broken_promises(strace, gateway, fault)
    finally:
        await gateway.close()
    sys.stdout.write(
        f"{fault}: {failed} calls failed, {len(told.promised)} mails promised, "
        f"others {sorted({reply[:9] for reply in told.others})}, {len(wrong)} faults\n"
    )
    sys.stdout.write("".join(f"  {each}\n" for each in wrong))
    sys.stdout.flush()
    return not wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--last", type=int, default=8, help="how many places of each kind fail")
    given = parser.parse_args()
    strace = shutil.which("strace")
    if strace is None:
        sys.stderr.write("there is no strace: install it\n")
        return 2
    well = True
    for fault in faults(given.last):
        with tempfile.TemporaryDirectory(prefix="loftbox-syscalls-") as folder:
            well &= asyncio.run(one_fault(Path(folder), strace, fault))
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
