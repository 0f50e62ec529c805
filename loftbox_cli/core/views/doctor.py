"""How a finding about the gateway's health is shown."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from loftbox_cli.core.doctor.check import Check, Health


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """One thing that was looked at; `fix` is empty where there is nothing to do."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("name", "state", "fact", "fix")

    object: Literal["check"] = "check"
    name: str
    state: Health
    fact: str
    fix: str


def check_view(check: Check) -> CheckView:
    """Show a finding."""
    return CheckView(name=check.name, state=check.state, fact=check.fact, fix=check.fix)
