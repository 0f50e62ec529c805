"""One key from the person at the terminal, without Enter; and the person's editor."""

import os
import shlex
import subprocess
import sys
import tempfile
import termios
import tty
from pathlib import Path

from loftbox_cli.core.errors import BadInput

END = "\x04"  # Ctrl-D, and what an end of the input counts as


def need_terminal(instead: str) -> None:
    """Raise BadInput, with the command to type instead, when nobody sits there."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise BadInput("this asks a person, and there is no terminal", fix=instead)


def one_key() -> str:
    """Wait for a key and answer it in lower case. Ctrl-C interrupts as ever."""
    fd = sys.stdin.fileno()
    before = termios.tcgetattr(fd)
    try:
        tty.setcbreak(fd, termios.TCSADRAIN)  # what was typed ahead stays
        octets = os.read(fd, 1)
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)
    return octets.decode("ascii", "replace").lower() or END


def line(prompt: str) -> str:
    """Ask for a line of text; "" at the end of the input."""
    sys.stdout.write(prompt)
    sys.stdout.flush()
    return sys.stdin.readline().strip()


def edited(text: str) -> str:
    """Let the person edit a text; raises BadInput when the editor cannot be run or fails."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory(prefix="loftbox-") as folder:
        path = Path(folder) / "message.txt"
        path.write_text(text, encoding="utf-8", newline="\n")
        path.chmod(0o600)
        try:
            subprocess.run([*shlex.split(editor), str(path)], check=True)  # noqa: S603 - the person's own editor
        except (OSError, subprocess.CalledProcessError, ValueError) as error:
            raise BadInput(
                f"the editor {editor} did not do it: {error}", fix="set EDITOR to one that works here"
            ) from None
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise BadInput("what the editor left is not UTF-8 text", fix="save it as UTF-8") from None
