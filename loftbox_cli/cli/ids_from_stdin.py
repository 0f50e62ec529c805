"""`-` in place of an id: the ids come from standard input, one a line.

What `-q` or a tab-separated list writes is read back: of each line the first column.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from loftbox_cli.core.errors import BadInput

# Each is one row to touch; a longer list wants to be cut up where it is made.
MOST = 10_000


def ids(given: Sequence[str], *, stdin: TextIO | None = None) -> tuple[str, ...]:
    """Answer the ids of a command line, each once, in order; raises BadInput without any."""
    found = tuple(dict.fromkeys(_expanded(given, stdin or sys.stdin)))
    if not found:
        raise BadInput(
            "no ids came from standard input", fix="write ids into it: a listing with -q does", field="-"
        )
    if len(found) > MOST:
        raise BadInput(
            f"over {MOST} ids came from standard input", fix="give fewer at a time: xargs(1) does", field="-"
        )
    return found


def _expanded(given: Iterable[str], stdin: Iterable[str]) -> Iterator[str]:
    for word in given:
        if word != "-":
            yield word
            continue
        for line in stdin:
            if first := line.split("\t", 1)[0].strip():
                yield first
