"""A gateway that dies while people decide and policies change sends what was allowed, and nothing else."""

import asyncio
import secrets
import signal
from random import Random  # noqa: TID251 - seeded, so that what a seed found can be looked for again

import pytest

from tests.serve.conftest import OpenGateway
from tests.serve.doom import Doom
from tests.serve.hop import DROP, TAKEN, Hop
from tests.serve.killing import settings_for
from tests.serve.office import FORBIDDEN, Office, faults, settled
from tests.serve.prepared import Keys

WRITERS = 3
KILLS = 3


@pytest.mark.rule("D7")
async def test_what_is_held_blocked_or_rejected_arrives_nowhere_however_often_the_gateway_dies(
    open_gateway: OpenGateway, keys: Keys
) -> None:
    seed = secrets.randbelow(1 << 32)
    chance = Random(seed)  # noqa: S311 - it guards nothing
    doom = Doom(chance)

    async def at_dot(_: str) -> str:
        doom.step()
        (answer,) = chance.choices((TAKEN, DROP, "451 4.3.0 no room now"), (90, 5, 5))
        return answer

    async with Hop(at_dot=at_dot) as hop:
        gateway = open_gateway(**settings_for(hop))
        office = Office(gateway, keys, doom.step)
        async with asyncio.TaskGroup() as tasks:
            writers = [tasks.create_task(office.write()) for _ in range(WRITERS)]
            deciding = tasks.create_task(office.decide())
            for number in range(KILLS):
                doom.arm(await gateway.start(), signal.SIGKILL)
                if number == 1:
                    tasks.create_task(office.forbid())
                office.up.set()
                await doom.struck.wait()
                office.up.clear()
                await gateway.daemon.ended()
            daemon = await gateway.start()
            before = len(hop.copies) if office.is_forbidden else None
            office.ending = True
            office.up.set()
            await asyncio.gather(*writers)
            office.done_writing = True
            await deciding
            with gateway.opened() as loftbox:
                await daemon.until(lambda: loftbox.store.glance(settled))
        assert await daemon.stop() == 0
        wrong = gateway.glance(lambda tx: list(faults(tx, office, hop.copies)))
    assert wrong == [], f"seed {seed}"
    assert office.is_forbidden
    if before is not None:  # what waited in the queue since it was allowed
        assert not [each.rcpt_to for each in hop.copies[before:] if each.rcpt_to.endswith(FORBIDDEN)]
    assert hop.copies, f"seed {seed}"
