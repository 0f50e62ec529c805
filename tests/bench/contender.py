"""Servers that the benchmark compares: each starts, takes mail for one address, and ends."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.bench.served import filled, serving
from tests.peers.postfix import running_postfix
from tests.peers.programs import PostfixPrograms
from tests.serve.prepared import FREE


@dataclass(frozen=True, slots=True)
class Running:
    """The port of its SMTP listener, and the process at the root of its tree."""

    port: int
    pid: int


class Contender(Protocol):
    """One server under load."""

    @property
    def name(self) -> str:
        """What the table calls it."""
        ...

    @property
    def recipient(self) -> str:
        """An address that it takes mail for."""
        ...

    def running(self, folder: Path) -> AbstractContextManager[Running]:
        """Run it with its store or queue in `folder`."""
        ...


@dataclass(frozen=True, slots=True)
class PostfixContender:
    """Postfix, which syncs each message before its 250 as we do, and then throws it away."""

    programs: PostfixPrograms
    name: str = "postfix"
    recipient: str = "agent@bench.test"

    @contextmanager
    def running(self, folder: Path) -> Iterator[Running]:
        # The process limit of 100 would leave half of 200 sessions without an answer.
        settings = {"default_process_limit": "300", "message_size_limit": "26214400"}
        routes = {"bench.test": "discard:"}
        with running_postfix(self.programs, folder, routes=routes, settings=settings) as postfix:
            yield Running(postfix.port, postfix.pid)


@dataclass(frozen=True, slots=True)
class LoftBoxContender:
    """LoftBox, which reads and files the mail while more comes in."""

    name: str = "loftbox"
    recipient: str = FREE

    @contextmanager
    def running(self, folder: Path) -> Iterator[Running]:
        with serving(*filled(folder)) as served:
            yield Running(served.smtp, served.pid)
