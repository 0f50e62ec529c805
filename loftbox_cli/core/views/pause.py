"""How a pause is shown, and what it makes of the thing that is paused."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal

from loftbox_cli.core.pause import Pause, PauseScope


class Status(StrEnum):
    """Whether a thing itself is paused; what stands above it may be paused all the same."""

    ACTIVE = "active"
    PAUSED = "paused"


def status_of(paused: bool) -> Status:
    """Say it in the word that views use."""
    return Status.PAUSED if paused else Status.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseView:
    """Something that sends nothing until somebody resumes it."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("target", "scope", "by", "why", "at")

    object: Literal["pause"] = "pause"
    scope: PauseScope
    target: str
    by: str
    why: str
    at: datetime


def pause_view(pause: Pause) -> PauseView:
    """Show a pause."""
    return PauseView(scope=pause.scope, target=pause.target, by=pause.by, why=pause.why, at=pause.at)
