"""What stands between 354 and the final dot, taken in as it comes.

RFC 5321 section 2.3.8: only CRLF ends a line, and only CRLF "." CRLF ends the
message (4.1.1.4). A bare CR or LF is refused and never mended, because servers
that disagree about line ends can be made to see two messages in one. The leading
dots of 4.5.2 are taken off once, when the end is known.
"""

import io

from loftbox_cli.edge.smtp_in.replies import BARE_NEWLINE, NO_MEMORY, TOO_LARGE

_CRLF = b"\r\n"
_DOT = b"\r\n."
_END = b"\r\n.\r\n"


class Data:
    """One message on its way in; memory is bounded by `max_size`, its stuffed dots and one block."""

    def __init__(self, max_size: int) -> None:
        self._max_size = max_size
        # The line end of the DATA command: the first line may be the dot already.
        self._buffer = bytearray(_CRLF)
        self._searched = 0
        self._first_dot = -1
        self._end = -1
        self._dots = 0
        self._dots_counted = 0
        self._newlines = io.IncrementalNewlineDecoder(None, translate=False)
        self._nul = False
        self._thrown_away = 0
        self.rest = b""
        self.given_up = ""  # the reply to what is only read to find its end

    def feed(self, block: bytes) -> bool:
        """Take the next octets; True when the end of the message was among them."""
        buffer = self._buffer
        buffer += block
        end = self._find_end()
        if end >= 0:
            self._end = end
            after = end + len(_END)
            if after < len(buffer):
                # What follows the end is commands; it must not be looked at as content.
                self.rest = bytes(buffer[after:])
                block = block[: -len(self.rest)]
                del buffer[after:]
        if not self.given_up:
            self._nul = self._nul or b"\0" in block
            self._newlines.decode(block.decode("latin-1"))
            self._measure()
        if self.given_up and end < 0:
            self._throw_away()
        return end >= 0

    @property
    def endless(self) -> bool:
        """Say whether so much came beyond the limit that it is not worth reading to the end."""
        return self._thrown_away > 2 * self._max_size

    def give_up(self) -> None:
        """Keep no more of it: there is no memory left for messages on their way in."""
        self.given_up = self.given_up or NO_MEMORY

    def refusal(self) -> str | None:
        """The reply to a message that has ended and cannot be taken, or None."""
        if self.given_up:
            return self.given_up
        if self._nul or self._newlines.newlines != "\r\n":
            return BARE_NEWLINE
        return None

    def content(self) -> bytes:
        """The message without its stuffed dots; empties this object, to keep one copy."""
        buffer, self._buffer = self._buffer, bytearray()
        del buffer[self._end + len(_CRLF) :]
        if self._first_dot < self._end:
            buffer = buffer.replace(_DOT, _CRLF)
        with memoryview(buffer) as view:
            return bytes(view[len(_CRLF) :])

    def _find_end(self) -> int:
        """Look at each octet once for a dot that starts a line; only then for the end."""
        buffer = self._buffer
        if self._first_dot < 0:
            # One octet is found far faster than three, and most of a large mail is base64, without any dot.
            dot = buffer.find(b".", self._searched)
            self._first_dot = dot if dot < 0 else buffer.find(_DOT, max(0, dot - len(_CRLF)))
            if self._first_dot < 0:
                self._searched = len(buffer)
                return -1
            self._searched = self._first_dot
        end = buffer.find(_END, self._searched)
        self._searched = max(self._searched, len(buffer) - len(_END) + 1)
        return end

    def _measure(self) -> None:
        """Hold the content to `max_size`, without its stuffed dots (RFC 1870 section 6)."""
        buffer = self._buffer
        # Not content: the first CRLF and, at the end, the line with the dot.
        over = len(buffer) - len(_END) - self._max_size
        if over <= 0:
            return
        self._dots += buffer.count(_DOT, self._dots_counted)
        self._dots_counted = max(0, len(buffer) - len(_DOT) + 1)
        stuffed = self._dots - (self._end >= 0)
        if over > stuffed:
            self.given_up = TOO_LARGE

    def _throw_away(self) -> None:
        """Keep only what may be the start of the end."""
        kept = len(_END) - 1
        self._thrown_away += len(self._buffer) - kept
        del self._buffer[:-kept]
        self._first_dot = self._searched = 0
