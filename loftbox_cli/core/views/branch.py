"""How the tree of a conversation in files is shown."""

from dataclasses import dataclass
from typing import ClassVar, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchView:
    """A mail where it stands in its tree; `file` is null for one that others name and that is not there.

    `depth` counts from 0, `parent` is the file that it answers.
    """

    COLUMNS: ClassVar[tuple[str, ...]] = ("depth", "file", "message_id", "subject")

    object: Literal["branch"] = "branch"
    depth: int
    file: str | None
    parent: str | None
    message_id: str
    subject: str
