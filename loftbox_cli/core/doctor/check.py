"""One thing that was looked at: how it stands, the fact, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from loftbox_cli.core.errors import LoftBoxError, TryLater


class Health(StrEnum):
    """`warning` works and will not for ever; `unknown` could not be looked at, `not_asked` was not."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"
    UNKNOWN = "unknown"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. `fix` says what to do, and is empty where there is nothing to do."""

    name: str
    state: Health
    fact: str
    fix: str = ""


def from_error(name: str, error: LoftBoxError) -> Check:
    """Tell an error as a finding; what may pass says nothing about the thing."""
    state = Health.UNKNOWN if isinstance(error, TryLater) else Health.WRONG
    return Check(name, state, error.fact, error.fix)


def all_well(checks: Iterable[Check]) -> bool:
    """Say whether nothing is wrong; warnings are no fault, and the unknown is not known to be one."""
    return all(check.state is not Health.WRONG for check in checks)
