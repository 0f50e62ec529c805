"""Cut the power under a gateway that accepts and sends, and reconcile what the disk kept.

    python -m tests.slow.power_cut [--rounds 10] [--cuts 3] [--seed N]

Needs root, mkfs.ext4 and loop devices. The store lies on an ext4 of its own. At a random
instant under load the file system drops all that was not synced; then the disk is mounted
again, the gateway starts, and in the end its store is compared with everything that it
answered 250 and 202. A last round runs a gateway that does not wait for the disk
(PRAGMA synchronous = NORMAL, see `careless.py`) and has to lose mail: a test that finds
nothing there would find nothing anywhere. It ends with 1 when a promise was broken, or when
the careless gateway got away with it. A round takes some seconds.
"""

import argparse
import asyncio
import os
import secrets
import signal
import sys
import tempfile
from pathlib import Path
from random import Random  # noqa: TID251 - seeded, so that what a seed found can be looked for again

from tests.serve.daemon import Daemon
from tests.serve.doom import Doom
from tests.serve.gateway import Gateway, new_gateway
from tests.serve.killing import AGENTS, SENDERS, World, settings_for
from tests.serve.load import Ledger, Load
from tests.serve.prepared import add_webhook, prepare
from tests.serve.reconcile import drained, faults
from tests.slow.disk import Disk

CARELESS = "tests.slow.careless"
MOST_CARELESS_ROUNDS = 3  # in which luck may keep a careless gateway from losing anything


async def one_round(disk: Disk, seed: int, cuts: int, module: str) -> tuple[Ledger, list[str]]:
    """Make a gateway on the disk, cut its power so many times, and answer what is wrong afterwards."""
    chance = Random(seed)  # noqa: S311 - it guards nothing
    doom = Doom(chance)
    world = World(chance, doom)
    await world.receiver.open()
    try:
        async with world.hop as hop:
            gateway = new_gateway(disk.root, **settings_for(hop))
            gateway.module = module
            try:
                return await under_load(gateway, disk, world, doom, cuts)
            finally:
                await gateway.close()
    finally:
        await world.receiver.close()


async def under_load(
    gateway: Gateway, disk: Disk, world: World, doom: Doom, cuts: int
) -> tuple[Ledger, list[str]]:
    made = await gateway.run("init")
    assert made.code == 0, made.err
    with gateway.opened(alone=True) as loftbox:
        keys = prepare(loftbox)
        add_webhook(loftbox, world.receiver.url)
    disk.sync()
    load = Load(gateway, keys.agent, doom.step)
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(world.take_webhooks())
        workers = [tasks.create_task(load.mail()) for _ in range(SENDERS)]
        workers += [tasks.create_task(load.post()) for _ in range(AGENTS)]
        for _ in range(cuts):
            # A machine without power says nothing more. Here it must not, for a sync that is under way
            # when the file system is shut down may answer that all is well, and nothing was written.
            daemon = await gateway.start()
            doom.arm(daemon, signal.SIGSTOP)
            load.up.set()
            await doom.struck.wait()
            wait_until_stopped(daemon)
            disk.cut()
            load.up.clear()
            await gateway.daemon.kill()
            disk.unmount()
            disk.mount()
        daemon = await gateway.start()
        load.ending = True
        load.up.set()
        await asyncio.gather(*workers)
        with gateway.opened() as loftbox:
            await daemon.until(lambda: loftbox.store.glance(drained))
        watching.cancel()
    assert await daemon.stop() == 0
    return load.ledger, gateway.glance(faults, load.ledger, world.hop.copies, world.receiver.posts.items)


def wait_until_stopped(daemon: Daemon) -> None:
    """Wait until the thread that answers stands still; another may be in the middle of a sync."""
    status = Path(f"/proc/{daemon.process.pid}/stat")
    while status.read_text().rpartition(") ")[2][0] != "T":  # proc_pid_stat(5): the state follows the name
        os.sched_yield()


def told(seed: int, cuts: int, module: str) -> list[str]:
    """Run one round on a disk of its own, and say what came of it."""
    with tempfile.TemporaryDirectory(prefix="loftbox-power-") as folder:
        disk = Disk(Path(folder))
        try:
            ledger, wrong = asyncio.run(one_round(disk, seed, cuts, module))
        finally:
            disk.unmount()
    sys.stdout.write(
        f"seed {seed}, {module}: {cuts} power cuts; {len(ledger.mails)} mails and {len(ledger.sent)} sends "
        f"were promised, {ledger.repeated} repeated, {len(wrong)} faults\n"
    )
    sys.stdout.flush()
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--cuts", type=int, default=3, help="in each round")
    parser.add_argument("--seed", type=int, help="of the first round; each next one counts up")
    given = parser.parse_args()
    first = secrets.randbelow(1 << 32) if given.seed is None else given.seed
    for seed in range(first, first + given.rounds):
        if wrong := told(seed, given.cuts, "loftbox_cli"):
            sys.stdout.write("\n".join([*wrong, ""]))
            return 1
    for seed in range(first, first + MOST_CARELESS_ROUNDS):
        if wrong := told(seed, 1, CARELESS):
            sys.stdout.write(f"the careless gateway was seen to lose, as it should: {wrong[0]}\n")
            return 0
    sys.stdout.write("the careless gateway lost nothing: this machine's cuts prove nothing\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
