"""The dialog with a peer, as a person reads it."""

from collections import deque

from loftbox_cli.core.smtp_wire import printable

MOST_LINES = 100
LONGEST_LINE = 500
_LINES_OF_ONE_REPLY = 30


class Transcript:
    """Lines: "> " we said, "< " the peer said, "* " what we noticed.

    It holds neither content nor secrets. It stays short whatever a peer sends,
    and then keeps the end, which tells why the attempt ended.
    """

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=MOST_LINES)

    def said(self, command: str) -> None:
        """Note a command of ours."""
        self._note(f"> {command}")

    def heard(self, code: int, text: str) -> None:
        """Note a reply, line by line."""
        *others, last = printable(text).split("\n")
        for line in others[:_LINES_OF_ONE_REPLY]:
            self._note(f"< {code}-{line}")
        self._note(f"< {code} {last}")

    def noticed(self, fact: str) -> None:
        """Note what neither side said, such as a connection that broke."""
        self._note(f"* {fact}")

    def lines(self) -> tuple[str, ...]:
        """Give what was noted so far."""
        return tuple(self._lines)

    def _note(self, line: str) -> None:
        self._lines.append(line[:LONGEST_LINE])
