"""The daemon's log: one event, one line, on standard error, for the journal or a person.

It holds ids and facts, never the content of mail or a secret. Peers write some of
the words in it, so control characters are escaped, also for people.
"""

import logging
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, TextIO, cast

from loftbox_cli.core.plain_text import plain_line

_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


class Unfailing:
    """A stream that loses a line rather than the work that the line is about.

    Standard error may be a file on the disk that is full, or a pipe whose reader has gone.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write what can be written."""
        with suppress(OSError, ValueError):  # ValueError: the stream is closed
            self._stream.write(text)

    def flush(self) -> None:
        """Hand on what can be handed on."""
        with suppress(OSError, ValueError):
            self._stream.flush()


def configure(form: str, level: str) -> None:
    """Set up structlog; `form` is "json", "console", or "auto": console on a terminal, else JSON."""
    import structlog

    people = form == "console" or (form == "auto" and sys.stderr.isatty())
    last: Any = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), sort_keys=False)
        if people
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _harmless,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", Unfailing(sys.stderr))),
        cache_logger_on_first_use=True,
    )
    # Libraries log through the standard library; only their warnings concern an operator.
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")


def _harmless(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """No value starts a line of its own, but for our own tracebacks."""
    for name, value in event.items():
        if isinstance(value, str) and name != "exception":
            event[name] = plain_line(value)
    return event
