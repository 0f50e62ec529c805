"""What a command's exit code says, and which error gives which.

Shell scripts live by these: 75 and 78 are those of sysexits(3), 130 is 128 with
the number of SIGINT, as shells count.
"""

from enum import IntEnum

from loftbox_cli.core.errors import (
    BadConfiguration,
    BadInput,
    Conflict,
    LoftBoxError,
    NotFound,
    Refused,
    TryLater,
)


class ExitCode(IntEnum):
    """All of them."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_SO = 3  # looked, and it is not so
    NO_SUCH_THING = 4
    REFUSED = 5
    TRY_LATER = 75
    BAD_CONFIGURATION = 78
    INTERRUPTED = 130


TABLE: dict[type[LoftBoxError], ExitCode] = {
    LoftBoxError: ExitCode.FAILED,
    BadInput: ExitCode.USAGE,
    NotFound: ExitCode.NO_SUCH_THING,
    # The thing's state refuses, as a missing right does; nothing broke.
    Conflict: ExitCode.REFUSED,
    Refused: ExitCode.REFUSED,
    TryLater: ExitCode.TRY_LATER,
    BadConfiguration: ExitCode.BAD_CONFIGURATION,
}


def exit_for(error: LoftBoxError) -> ExitCode:
    """Choose the code of the nearest class in the table."""
    return next(TABLE[kind] for kind in type(error).__mro__ if kind in TABLE)
