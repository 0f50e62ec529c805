"""How a full queue drains when some of the places it goes to are dead, slow or in a mood.

    python -m tests.bench.drain [--messages 10000] [--domains 1000] [--seconds 60] [--concurrency 20]

The store, the deliver loop and all that decides are those that ship; the next hops are
simulated in this process, and nothing is signed. One domain in ten is dead (it takes
three seconds to say nothing), one in ten is slow (two seconds for each message), one
in twenty lets nobody in at the first try, one in twenty complains about the rate after
three messages; and one domain has three tenths of all messages to itself. "first" and
"last" are the seconds after which its kind of domain had its first and last message;
what rests or waits for its next try when the time is over is "left". Beside it stands
what one domain alone would have taken: the last of a good domain should not be far
from the time that all good mail takes, however many others are dead or slow.
"""

import argparse
import asyncio
import contextlib
import statistics
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from loftbox_cli.core.compose import content_sha256
from loftbox_cli.core.delivery import DeliveryState
from loftbox_cli.core.dkim_key import DkimKey
from loftbox_cli.core.draft import Draft
from loftbox_cli.core.ids import DeliveryId, MessageId
from loftbox_cli.core.parcel import Parcel
from loftbox_cli.core.reading import Party
from loftbox_cli.core.report import Reply, Report, Stage
from loftbox_cli.core.retry import Schedule
from loftbox_cli.daemon.bell import Bells
from loftbox_cli.daemon.clockwork import let_time_pass
from loftbox_cli.daemon.crew import Crew
from loftbox_cli.daemon.deliver import deliver_mail
from loftbox_cli.daemon.serve import WAITING_BESIDE
from loftbox_cli.daemon.traffic import Traffic
from loftbox_cli.edge.system import journal_log
from loftbox_cli.services import submit
from loftbox_cli.services.tx import EVERYTHING, Queue, Tx
from loftbox_cli.wiring import LoftBox, system_user
from loftbox_cli.wiring.rooms import Rooms
from loftbox_cli.wiring.serving import rooms
from tests.bench.accept import DISK
from tests.bench.served import filled
from tests.bench.tally import percentile
from tests.serve.prepared import FREE

QUICK, SLOW, SILENCE = 0.02, 2.0, 3.0  # seconds
SHORT = Schedule((timedelta(seconds=3), timedelta(seconds=10)), timedelta(hours=1))
TAKEN = Reply(250, "2.0.0", "Ok")
LATER = Reply(451, "4.7.1", "Greylisted, come again")
TOO_FAST = Reply(421, "4.7.0", "Too many connections from your address")


@dataclass
class World:
    """The next hops: what kind each domain is, and when it took what."""

    kinds: dict[str, str]
    taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    tries: Counter[str] = field(default_factory=Counter)
    at_once: Counter[str] = field(default_factory=Counter)
    most_at_once: dict[str, int] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    _of_domain: Counter[str] = field(default_factory=Counter)

    async def site(self, destination: str, domain: str) -> str:
        """Each domain has a server of its own."""
        del domain
        return f"mx.{destination}"

    async def carry(self, parcel: Parcel, *, before_data: Callable[[], Awaitable[None]]) -> Report:
        """Answer as this kind of domain does."""
        kind = self.kinds[parcel.destination]
        self.tries[kind] += 1
        self.at_once[kind] += 1
        self.most_at_once[kind] = max(self.most_at_once.get(kind, 0), self.at_once[kind])
        try:
            return await self._answer(kind, parcel, before_data)
        finally:
            self.at_once[kind] -= 1

    async def _answer(self, kind: str, parcel: Parcel, before_data: Callable[[], Awaitable[None]]) -> Report:
        if kind == "dead":
            await asyncio.sleep(SILENCE)
            return Report(Stage.CONNECT, fault=f"no connection to mx.{parcel.destination}")
        await asyncio.sleep(SLOW if kind == "slow" else QUICK)
        if kind == "greylists" and parcel.rcpt_to not in self._seen:
            self._seen.add(parcel.rcpt_to)
            return Report(Stage.RCPT, LATER)
        self._of_domain[parcel.destination] += 1
        if kind == "complains" and self._of_domain[parcel.destination] > 3:
            return Report(Stage.MAIL, TOO_FAST)
        await before_data()
        self.taken[kind].append(asyncio.get_running_loop().time())
        return Report(Stage.DOT, TAKEN, host=f"mx.{parcel.destination}")


class NoSigner:
    """Signs nothing: it is not what is measured."""

    def sign(self, raw: bytes, *, domain: str, keys: Sequence[DkimKey], at: object) -> bytes:
        """Give the bytes as they are."""
        del domain, keys, at
        return raw


def kind_of(number: int) -> str:
    """What the domain with this number does."""
    if number == 0:
        return "busy"
    if number % 10 < 2:
        return ("dead", "slow")[number % 10]
    return {2: "greylists", 12: "complains"}.get(number % 20, "good")


def fill(loftbox: LoftBox, kinds: dict[str, str], messages: int) -> Counter[str]:
    """Queue so many messages, shuffled over the domains; answers how many each kind of domain gets."""
    draft = Draft(to=(Party("jane@d0000.test"),), subject="Your table", text="It is booked.")
    on = loftbox.store.glance(submit.grounds, FREE, draft, EVERYTHING)
    message_id = MessageId(loftbox.mint("msg"))
    prepared = submit.prepare(draft, on, message_id=message_id, tag_secret=loftbox.tag_secret)
    names = list(kinds)
    counts: Counter[str] = Counter()

    def add(tx: Tx) -> None:
        now = loftbox.clock.now()
        passed = submit.send(tx, prepared, by=system_user(), request_id=loftbox.request_id(), now=now)
        (first,) = passed.deliveries
        counts[kinds[first.destination]] += 1
        for number in range(1, messages):
            # Three of ten go to the busy one; the other seven walk through all of them.
            turn = number // 10 * 7 + number % 10 - 3
            destination = names[0] if number % 10 < 3 else names[turn % len(names)]
            counts[kinds[destination]] += 1
            recipient = f"jane{number}@{destination}"
            message = replace(
                passed.message,
                id=MessageId(tx.mint("msg")),
                rcpt_to=(recipient,),
                content_sha256=content_sha256(prepared.mail_from, (recipient,), prepared.raw),
            )
            tx.messages.add(message)
            tx.deliveries.add(
                replace(
                    first,
                    id=DeliveryId(tx.mint("dlv")),
                    message_id=message.id,
                    recipient=recipient,
                    destination=destination,
                    next_at=now + timedelta(microseconds=number),
                )
            )

    loftbox.store.write(add)
    return counts


async def drain(loftbox: LoftBox, world: World, seconds: float, concurrency: int) -> float:
    """Let the deliver loop work until all is settled or the time is over; answers when it began."""
    loop = asyncio.get_running_loop()
    bells = Bells(loop)
    loftbox.store.on_filled(bells.filled)
    plugged: Rooms = replace(
        rooms(loftbox),
        courier=world,
        signer=NoSigner(),  # type: ignore[arg-type]  # the loop only signs
        mail_schedule=SHORT,
        deliveries_at_once=concurrency,
    )
    bell = bells.queues[Queue.DELIVERIES]
    crew = Crew(concurrency, concurrency, bell.ring_soon, beside=WAITING_BESIDE * concurrency)
    traffic = Traffic(max(1, concurrency - concurrency // 4))
    begun = loop.time()
    tasks = [
        asyncio.create_task(deliver_mail(plugged, bell, crew, traffic)),
        asyncio.create_task(let_time_pass(plugged)),
    ]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await _drained(loftbox, bells)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await crew.rest(SLOW)
    for wire in plugged.to_close:
        await wire.close()
    return begun


async def _drained(loftbox: LoftBox, bells: Bells) -> None:
    """Come back when nothing waits."""
    while loftbox.store.glance(_waiting):
        await bells.any.wait(bells.any.rung, 0.5)


def _waiting(tx: Tx) -> int:
    return tx.deliveries.count(state=DeliveryState.QUEUED) + tx.deliveries.count(state=DeliveryState.SENDING)


def table(world: World, wanted: Counter[str], begun: float) -> list[str]:
    """Write what became of the mail to each kind of domain."""
    heads = ("messages", "tries", "taken", "left", "at once", "first", "p50", "p95", "last")
    lines = [f"{'':12}" + "".join(f"{head:>9}" for head in heads)]
    for kind in ("good", "busy", "slow", "greylists", "complains", "dead"):
        times = [at - begun for at in world.taken[kind]]
        counts = (wanted[kind], world.tries[kind], len(times), wanted[kind] - len(times))
        told = f"{kind:12}" + "".join(f"{count:9}" for count in (*counts, world.most_at_once.get(kind, 0)))
        if times:
            marks = (min(times), statistics.median(times), percentile(times, 0.95), max(times))
            told += "".join(f"{mark:8.1f}s" for mark in marks)
        lines.append(told)
    return lines


def main() -> None:
    """Fill, drain, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.drain")
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--domains", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--concurrency", type=int, default=20)
    parser.add_argument("--folder", type=Path, default=DISK, help="on the disk to measure")
    options = parser.parse_args()
    journal_log.configure("json", "error")
    kinds = {f"d{number:04}.test": kind_of(number) for number in range(options.domains)}
    with tempfile.TemporaryDirectory(dir=options.folder, ignore_cleanup_errors=True) as folder:
        gateway, _ = filled(Path(folder))
        with gateway.opened(alone=True) as loftbox:
            world = World(kinds)
            wanted = fill(loftbox, kinds, options.messages)
            begun = asyncio.run(drain(loftbox, world, options.seconds, options.concurrency))
    for line in table(world, wanted, begun):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
