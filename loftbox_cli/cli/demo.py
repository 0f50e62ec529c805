"""`loftbox demo`: the whole job on this machine alone, each step checked.

It needs neither a domain nor a network nor rights: DNS, the recipient's mail server
and the agent's web server are simulated on loopback. The gateway between them is the
real program, with a store of its own.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from loftbox_cli.cli.noun import noun
from loftbox_cli.cli.output import Mode, Output
from loftbox_cli.core.errors import LoftBoxError

app = noun()


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoView:
    """How the demo ended; `kept` is the folder that `--keep` left."""

    object: Literal["demo"] = "demo"
    ok: bool
    steps: int
    log: tuple[str, ...]
    kept: Path | None


@app.command()
def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave the demo's store and log behind.")] = False,
    as_json: Annotated[
        bool,
        typer.Option("--json", "--jsonl", help="Write one JSON object for each step, and one at the end."),
    ] = False,
) -> None:
    """Show the whole job on this machine: verify, send, hold, approve, deliver, answer, notify."""
    import asyncio

    plain = Output.plain()
    try:
        asyncio.run(_play(replace(plain, mode=Mode.JSONL) if as_json else plain, keep=keep))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


async def _play(out: Output, *, keep: bool) -> None:
    from loftbox_cli.cli.demo_folder import own_folder
    from loftbox_cli.cli.demo_gateway import write_settings
    from loftbox_cli.cli.demo_steps import Steps
    from loftbox_cli.cli.demo_story import Stage, tell
    from loftbox_cli.cli.demo_world import open_world
    from loftbox_cli.edge.system.clock import SystemClock

    _end_as_on_ctrl_c()
    steps = Steps(out)
    out.say("LoftBox between a simulated DNS, recipient and agent, all on this machine:")
    try:
        with own_folder(keep=keep) as folder:
            async with open_world(folder, now=SystemClock().now()) as world:
                log = await tell(Stage(world, write_settings(folder, world), steps))
    except LoftBoxError:
        if out.mode is Mode.JSONL:
            _conclude(out, DemoView(ok=False, steps=steps.count, log=(), kept=None))
        raise
    _conclude(out, DemoView(ok=True, steps=steps.count, log=log, kept=folder if keep else None))


def _conclude(out: Output, view: DemoView) -> None:
    if out.mode is Mode.JSONL:
        out.follow([view], of=DemoView)
        return
    out.block("\n" + "\n".join(view.log) + "\n")
    out.say(f"all {view.steps} steps went as they should")
    if view.kept:
        out.next(f"loftbox --config {view.kept / 'loftbox.toml'} status")


def _end_as_on_ctrl_c() -> None:
    """Let a request to end from elsewhere clean up too."""
    import asyncio
    import signal

    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # noqa: S101 - for the types: we are inside of one
    for number in (signal.SIGTERM, signal.SIGHUP):
        # Not by an interrupt of our own: a background job of a shell ignores those.
        loop.add_signal_handler(number, task.cancel)
