"""Whose store is it? Files written into it by another user would lock its owner out."""

import os
import pwd
from pathlib import Path

from loftbox_cli.core.errors import BadConfiguration


def check_owner(folder: Path, *, user: int) -> None:
    """Raise BadConfiguration with the command to run when `folder` belongs to someone else.

    Root counts as someone else: what root creates, the service cannot write.
    """
    try:
        owner = folder.stat().st_uid
    except FileNotFoundError:
        return
    except PermissionError as error:
        raise BadConfiguration(
            f"{folder} is closed to {_name(user)}", fix="run the command as the user that owns it"
        ) from error
    if owner != user:
        raise BadConfiguration(
            f"the store in {folder} belongs to {_name(owner)}, and you are {_name(user)}",
            fix=f"run: sudo -u {_name(owner)} loftbox ...",
        )


def current_user() -> int:
    """The number of the user whose rights this process has."""
    return os.geteuid()


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"#{user}"  # the form that sudo -u takes for a user without a name
