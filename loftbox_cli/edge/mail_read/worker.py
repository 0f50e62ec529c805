"""The process that reads: `python -m loftbox_cli.edge.mail_read.worker`.

It takes mails on standard input and answers on standard output until the input ends.
It holds no secret and opens no file; the limits below are the second fence, should
the one who started it be gone.
"""

import math
import os
import resource
import sys
from typing import BinaryIO

from loftbox_cli.edge.mail_read import wire
from loftbox_cli.edge.mail_read.parse import read

MEMORY = 1024**3  # address space; a mail of 25 MiB needs about a third
PATIENCE = 10  # of niceness: what is read here is safe already, and what comes in at the doors is not
CPU_SECONDS = 12  # for one mail, a little over the longest deadline


def serve(mails: BinaryIO, answers: BinaryIO) -> None:
    """Read mails one by one until there are no more."""
    while len(length := mails.read(wire.LENGTH.size)) == wire.LENGTH.size:
        (size,) = wire.LENGTH.unpack(length)
        raw = mails.read(size)
        if len(raw) < size:
            return
        _allow_cpu()
        answer = wire.encode(read(raw))
        answers.write(wire.LENGTH.pack(len(answer)))
        answers.write(answer)
        answers.flush()


def _allow_cpu() -> None:
    """Move the limit on: it counts the whole life of the process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(used.ru_utime + used.ru_stime) + CPU_SECONDS
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if hard == resource.RLIM_INFINITY or soft < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _limit_memory() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or hard > MEMORY:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold somebody's mail


def main() -> None:
    """Run on this process's own pipes."""
    _limit_memory()
    os.nice(PATIENCE)
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
