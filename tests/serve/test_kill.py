"""A gateway that is killed while it accepts and sends loses nothing that it promised."""

import secrets
from random import Random  # noqa: TID251 - seeded, so that what a seed found can be looked for again

import pytest

from tests.serve.conftest import OpenGateway
from tests.serve.doom import Doom
from tests.serve.killing import World, run, settings_for
from tests.serve.prepared import Keys


@pytest.mark.rule("F1")
@pytest.mark.rule("I17")
async def test_nothing_that_was_answered_250_or_202_is_lost_by_a_kill(
    open_gateway: OpenGateway, keys: Keys
) -> None:
    seed = secrets.randbelow(1 << 32)
    chance = Random(seed)  # noqa: S311 - it guards nothing
    doom = Doom(chance)
    world = World(chance, doom)
    await world.receiver.open()
    try:
        async with world.hop as hop:
            gateway = open_gateway(**settings_for(hop))
            outcome = await run(gateway, keys, world, chance, doom, kills=3)
    finally:
        await world.receiver.close()
    assert outcome.faults == [], f"seed {seed}"
    assert outcome.ledger.mails, f"seed {seed}"
    assert outcome.ledger.sent, f"seed {seed}"
