"""The next hop of everybody: Postfix's smtp-sink, which counts what it takes and throws it away."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.bench.tally import Tally
from tests.peers.postfix import free_port
from tests.peers.programs import PostfixPrograms
from tests.serve.smtp_client import connected

_COUNT = re.compile(rb"mesg=(\d+)\r")


@dataclass(frozen=True, slots=True)
class Sink:
    """A running smtp-sink; `taken` counts messages at their final dot."""

    port: int
    taken: Tally


@asynccontextmanager
async def open_sink(programs: PostfixPrograms) -> AsyncIterator[Sink]:
    """Run smtp-sink on a port of its own."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(programs.commands / "smtp-sink", "-u", "nobody", "-c", f"127.0.0.1:{port}", "1024"),
        env=programs.environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    sink = Sink(port, Tally())
    reading = asyncio.create_task(_count(process.stdout, sink.taken))
    try:
        await _listening(port)
        yield sink
    finally:
        reading.cancel()
        process.terminate()
        await process.wait()


async def _count(said: asyncio.StreamReader, taken: Tally) -> None:
    """Read `sess=1 quit=0 mesg=5` again and again (smtp-sink -c)."""
    words = b""
    while block := await said.read(65536):
        words = words[-64:] + block
        if counts := _COUNT.findall(words):
            taken.add(int(counts[-1]) - taken.count)


async def _listening(port: int) -> None:
    """Come back when it answers: it says nothing by itself."""
    while True:
        try:
            async with connected(port):
                return
        except ConnectionRefusedError:
            await asyncio.sleep(0.01)
