"""A password from a file or standard input: never an argument, which others see in `ps`."""

import sys
from pathlib import Path

from loftbox_cli.core.errors import BadInput


def read_password(file: str, *, field: str = "--password-file") -> str:
    """Read the one line of `file`, or of standard input for "-"; raises BadInput."""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise BadInput(
            f"cannot read {file}: {reason}", fix="name a file that holds it", field=field
        ) from None
    return text.rstrip("\r\n")
