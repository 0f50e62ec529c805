"""Opening the store of this call's settings, for the length of one command."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from loftbox_cli.cli.settings import settings

if TYPE_CHECKING:
    from loftbox_cli.wiring import LoftBox


@contextmanager
def opened() -> Iterator["LoftBox"]:
    """Open the store; raises NotInitialised and its kin when it is first used."""
    from loftbox_cli import wiring

    with wiring.opened(settings()) as loftbox:
        yield loftbox
