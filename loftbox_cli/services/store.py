"""What runs the verbs: a store, as the doors and loops see it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from loftbox_cli.services.tx import Tx

P = ParamSpec("P")
R = TypeVar("R")
Item = TypeVar("Item")


class Store(Protocol):
    """Runs verbs. `write` answers when the disk has it; `glance` changes nothing."""

    @property
    def rush(self) -> bool:
        """Say whether so many wait at the doors that everything behind them has to wait."""
        ...

    def write(self, verb: Callable[Concatenate[Tx, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a verb and wait for its commit."""
        ...

    def write_soon(
        self, verb: Callable[Concatenate[Tx, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> Awaitable[R]:
        """The same from the event loop. Once called it will run, also when nobody awaits it any more."""
        ...

    def write_together(
        self, verb: Callable[[Tx, Sequence[Item]], Sequence[R]], item: Item, *, weight: int
    ) -> Awaitable[R]:
        """Run a verb of many once for all who wait with it; each is answered for its own item.

        It only brings something in: nothing that `recall` answers is changed by it.
        `weight` is about how many octets the item brings into the store.
        """
        ...

    def write_behind(
        self, verb: Callable[Concatenate[Tx, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> Awaitable[R]:
        """The same for the loops: those who wait at a door go first."""
        ...

    def glance(self, verb: Callable[Concatenate[Tx, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a reading verb on a connection of this thread's own, inline."""
        ...

    def recall(self, verb: Callable[Concatenate[Tx, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """The same, but what was answered is answered again, without a look, until something lasting changes.

        For verbs whose answer stands as long as that does: agents, mailboxes, domains and the like,
        whoever changes them. Errors are not kept.
        """
        ...
