"""The intake loop: accepted mail is read in a worker process and filed in one commit.

While a flood comes in at the doors, mail is read one by one, and after each comes a rest:
reading it costs more than accepting ten, and the flood is durable already and can wait.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from loftbox_cli.core.errors import LeaseLost, ReaderDied
from loftbox_cli.daemon.bell import REST, Bell
from loftbox_cli.daemon.crew import Crew
from loftbox_cli.daemon.patience import persist
from loftbox_cli.services import intake
from loftbox_cli.services.tx import Accepted
from loftbox_cli.wiring.rooms import Rooms

RESTS = 9  # times as long as the mail took, in a rush: a tenth of the time is for reading
LONGEST_REST = 1.0  # seconds; one slow mail must not keep the others unread
NAP = 0.1  # seconds after which a rest ends, if the rush is over

log = structlog.get_logger("intake")


async def read_mail(rooms: Rooms, bell: Bell, crew: Crew) -> None:
    """Read what was accepted, for ever."""
    pace = _Pace()
    while True:
        if rooms.store.rush and (rest := pace.rest_left):
            # Each commit of the flood rings, and there is nothing to do about it.
            await asyncio.sleep(min(rest, NAP))
            continue
        seen = bell.rung
        free = _free(rooms, crew)
        if free and rooms.store.glance(intake.waits, busy=crew.busy, now=rooms.clock.now()):
            claimed = await persist(rooms.store, intake.claim, free, busy=crew.busy, now=rooms.clock.now())
            for accepted in claimed:
                reading = _read_in_turn(rooms, accepted, pace)
                crew.start(accepted.request_id, reading, harmless_to_stop=lambda: True)
        await bell.wait(seen, REST)


class _Pace:
    """The rest that follows a mail in a rush."""

    def __init__(self) -> None:
        self._clock = asyncio.get_running_loop().time
        self._rests_until = 0.0

    @property
    def rest_left(self) -> float:
        """Seconds before the next mail is taken in hand."""
        return max(0.0, self._rests_until - self._clock())

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Rest from what is done meanwhile."""
        begun = self._clock()
        try:
            yield
        finally:
            now = self._clock()
            self._rests_until = now + min(LONGEST_REST, RESTS * (now - begun))


def _free(rooms: Rooms, crew: Crew) -> int:
    """How many more mails may be taken in hand; one that is in hand rings when it is done."""
    if rooms.store.rush:
        return 0 if crew.tasks else 1
    return crew.free


async def _read_in_turn(rooms: Rooms, accepted: Accepted, pace: _Pace) -> None:
    with pace.kept():
        await _read(rooms, accepted)


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
