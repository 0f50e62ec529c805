"""System calls of a running daemon that fail as a broken disk lets them fail, by strace(1).

strace is attached to the daemon, changes the result of some calls, and goes away again,
so the fault comes and passes while the daemon serves. Mail is sent all the while.
"""

import asyncio
import contextlib
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from loftbox_cli.services.tx import Tx
from tests.serve.daemon import PATIENCE
from tests.serve.gateway import Gateway
from tests.serve.prepared import FREE
from tests.serve.reconcile import drained
from tests.serve.smtp_client import connected

SYNCS = "fsync,fdatasync"
WRITES = "pwrite64"


@dataclass(frozen=True, slots=True)
class Fault:
    """`calls` fail with `error`; `when` counts them for each thread, as strace(1) writes it."""

    calls: str
    error: str
    when: str

    def __str__(self) -> str:
        return f"{self.calls}:error={self.error}:when={self.when}"


@dataclass
class Told:
    """What the daemon answered: the mails of its 250s with their bytes, and all other replies."""

    promised: dict[str, bytes] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)

    async def mail(self, gateway: Gateway, name: str) -> None:
        """Send one mail over a connection of its own, and note the answer."""
        identity = f"<{name}@peer.test>"
        raw = f"From: jane@peer.test\r\nTo: {FREE}\r\nMessage-ID: {identity}\r\n\r\nHi.\r\n".encode()
        try:
            async with connected(gateway.smtp) as client:
                reply = await client.message("jane@peer.test", FREE, raw)
        except ConnectionError as error:
            reply = type(error).__name__
        if reply.startswith("250"):
            self.promised[identity] = raw
        else:
            self.others.append(reply)


class CannotTraceError(Exception):
    """strace may not attach to the daemon; it says why."""


@contextlib.asynccontextmanager
async def injected(strace: str, pid: int, fault: Fault, log: Path) -> AsyncIterator[None]:
    """Let these calls of all threads fail as long as the context lasts; `log` gets one line for each."""
    tracer = await asyncio.create_subprocess_exec(
        *(strace, "-f", "-o", str(log), "-p", str(pid)),
        *("-e", f"trace={fault.calls}", "-e", f"inject={fault}"),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert tracer.stderr is not None
    async with asyncio.timeout(PATIENCE):
        said = (await tracer.stderr.readline()).decode()
    if "attached" not in said:
        await tracer.wait()
        raise CannotTraceError(said.strip())
    try:
        yield
    finally:
        # As its manual says, it lets go of what it traces.
        with contextlib.suppress(ProcessLookupError):
            tracer.send_signal(signal.SIGINT)
        await tracer.communicate()


async def broken_promises(
    strace: str, gateway: Gateway, fault: Fault, *, mails: int = 6
) -> tuple[Told, int, list[str]]:
    """Send mail before, during and after a fault, and once more after a kill and a restart.

    Answers what the daemon said, how many calls failed, and what is wrong.
    """
    log = gateway.folder / "strace.log"
    told = Told()
    daemon = await gateway.start()
    await told.mail(gateway, "before")
    async with injected(strace, daemon.process.pid, fault, log):
        for number in range(mails):
            await told.mail(gateway, f"during-{number}")
    await told.mail(gateway, "after")
    await daemon.kill()
    daemon = await gateway.start()
    await told.mail(gateway, "restarted")
    with gateway.opened() as loftbox:
        await daemon.until(lambda: loftbox.store.glance(drained))
        wrong = loftbox.store.glance(lambda tx: list(_wrong(tx, told)))
    if daemon.process.returncode is None and "<restarted@peer.test>" not in told.promised:
        wrong.append(f"after the restart no mail is taken: {told.others[-1]}")
    await daemon.stop()
    return told, log.read_text().count("(INJECTED)"), wrong


def _wrong(tx: Tx, told: Told) -> Iterator[str]:
    messages = tx.messages.all()
    kept = Counter(message.rfc_message_id for message in messages)
    for name in told.promised:
        if kept[name] != 1:
            yield f"mail {name} got its 250 and is {kept[name]} messages"
    for message in messages:
        raw = told.promised.get(message.rfc_message_id)
        if raw is not None and tx.raw(message.blob) != raw:
            yield f"mail {message.rfc_message_id} has other bytes than were sent"
    for reply in told.others:
        # Nothing that our disk does may cost a sender its mail. 4yz, a broken line and nobody there do not.
        if reply.startswith("5"):
            yield f"the daemon answered {reply!r}"
