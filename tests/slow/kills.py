"""Kill a gateway hundreds of times while it accepts and sends, and reconcile after every few.

    python -m tests.slow.kills [--rounds 100] [--kills 3] [--seed N]

Each round makes a gateway, kills it so many times at random instants under load, lets
it drain and compares its store with everything that it answered 250 and 202. It tells
the seed of each round; a round that is started with that seed again makes the same
choices, though the machine may give them other instants. It ends with 1 when something
was lost, doubled without a word, or sent though it was held; the gateway's folder is
then left for whoever wants to look. A round takes about ten seconds.
"""

import argparse
import asyncio
import secrets
import shutil
import sys
import tempfile
from pathlib import Path
from random import Random  # noqa: TID251 - seeded, so that what a seed found can be looked for again

from tests.serve.doom import Doom
from tests.serve.gateway import new_gateway
from tests.serve.killing import Outcome, World, run, settings_for
from tests.serve.prepared import prepare


async def one_round(folder: Path, seed: int, kills: int) -> Outcome:
    """Make a gateway in `folder`, and kill it."""
    chance = Random(seed)  # noqa: S311 - it guards nothing
    doom = Doom(chance)
    world = World(chance, doom)
    await world.receiver.open()
    try:
        async with world.hop as hop:
            gateway = new_gateway(folder, **settings_for(hop))
            try:
                made = await gateway.run("init")
                assert made.code == 0, made.err
                with gateway.opened(alone=True) as loftbox:
                    keys = prepare(loftbox)
                return await run(gateway, keys, world, chance, doom, kills=kills)
            finally:
                await gateway.close()
    finally:
        await world.receiver.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--kills", type=int, default=3, help="in each round")
    parser.add_argument("--seed", type=int, help="of the first round; each next one counts up")
    given = parser.parse_args()
    first = secrets.randbelow(1 << 32) if given.seed is None else given.seed
    for seed in range(first, first + given.rounds):
        folder = Path(tempfile.mkdtemp(prefix="loftbox-kills-"))
        outcome = asyncio.run(one_round(folder, seed, given.kills))
        ledger = outcome.ledger
        sys.stdout.write(
            f"seed {seed}: {len(ledger.mails)} mails, {len(ledger.sent)} sends, {ledger.repeated} repeated; "
            f"{outcome.copies} copies, {outcome.posts} webhooks, {len(outcome.faults)} faults\n"
        )
        sys.stdout.flush()
        if outcome.faults:
            sys.stdout.write("\n".join([*outcome.faults, f"the gateway lies in {folder}\n"]))
            return 1
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
