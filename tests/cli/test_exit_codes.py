from collections.abc import Iterator

import pytest

from loftbox_cli.cli.exit_codes import TABLE, ExitCode, exit_for
from loftbox_cli.core.errors import (
    AlreadyDecided,
    AlreadyRunning,
    BadAddress,
    LoftBoxError,
    NotAllowed,
    StoreBusy,
    UnknownDomain,
)


def below(kind: type[LoftBoxError]) -> Iterator[type[LoftBoxError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from below(child)


def test_each_branch_of_the_error_tree_has_its_own_row() -> None:
    assert set(TABLE) == {LoftBoxError, *LoftBoxError.__subclasses__()}


@pytest.mark.parametrize("kind", list(below(LoftBoxError)), ids=lambda kind: kind.__name__)
def test_every_error_ends_in_a_code_that_is_not_success(kind: type[LoftBoxError]) -> None:
    assert exit_for(kind("fact")) not in (ExitCode.DONE, ExitCode.NOT_SO)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (LoftBoxError, 1),
        (BadAddress, 2),
        (UnknownDomain, 4),
        (NotAllowed, 5),
        (AlreadyDecided, 5),
        (StoreBusy, 75),
        (AlreadyRunning, 78),
    ],
)
def test_scripts_can_rely_on_the_numbers(kind: type[LoftBoxError], code: int) -> None:
    assert exit_for(kind("fact")) == code
