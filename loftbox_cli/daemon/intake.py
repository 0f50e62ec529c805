"""The intake loop: accepted mail is read in a worker process and filed in one commit.

While a flood comes in at the doors, mail is read one by one: its bytes go through the
same thread as the flood, which is durable already and can wait to be read.
"""

import structlog

from loftbox_cli.core.errors import LeaseLost, ReaderDied
from loftbox_cli.daemon.bell import REST, Bell
from loftbox_cli.daemon.crew import Crew
from loftbox_cli.daemon.patience import persist
from loftbox_cli.services import intake
from loftbox_cli.services.tx import Accepted
from loftbox_cli.wiring.rooms import Rooms

log = structlog.get_logger("intake")


async def read_mail(rooms: Rooms, bell: Bell, crew: Crew) -> None:
    """Read what was accepted, for ever."""
    while True:
        seen = bell.rung
        free = _free(rooms, crew)
        if free and rooms.store.glance(intake.waits, busy=crew.busy, now=rooms.clock.now()):
            claimed = await persist(rooms.store, intake.claim, free, busy=crew.busy, now=rooms.clock.now())
            for accepted in claimed:
                crew.start(accepted.request_id, _read(rooms, accepted), harmless_to_stop=lambda: True)
        await bell.wait(seen, REST)


def _free(rooms: Rooms, crew: Crew) -> int:
    """How many more mails may be taken in hand; one that is in hand rings when it is done."""
    if rooms.store.rush:
        return 0 if crew.tasks else 1
    return crew.free


async def _read(rooms: Rooms, accepted: Accepted) -> None:
    said = log.bind(request_id=accepted.request_id)
    try:
        reading = await rooms.reader.read(rooms.store.glance(intake.raw, accepted))
        messages = await persist(
            rooms.store,
            intake.file,
            accepted.request_id,
            accepted.fence,
            reading,
            tag_secret=rooms.tag_secret,
            now=rooms.clock.now(),
        )
    except LeaseLost as error:
        said.warning("mail taken over", why=error.fact)
    except ReaderDied as error:
        said.warning("reader died", why=error.fact)
        await _count_death(rooms, accepted)
    except Exception:  # noqa: BLE001  a mail that we cannot file must not come round for ever
        said.exception("mail not filed")
        await _count_death(rooms, accepted)
    else:
        said.info("mail filed", messages=[message.id for message in messages])


async def _count_death(rooms: Rooms, accepted: Accepted) -> None:
    now = rooms.clock.now()
    after = await persist(rooms.store, intake.died, accepted.request_id, accepted.fence, now=now)
    log.warning("mail kept", request_id=accepted.request_id, deaths=after.deaths, state=after.state.value)
