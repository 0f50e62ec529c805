"""How many files and sockets the daemon may have open: each session of a peer is one.

Systems start a program with 1,024, for the sake of those that use select(2). The door alone
serves as many sessions, and a daemon without a file to spare can neither answer nor look at its store.
"""

import resource
from contextlib import suppress

MANY = 65_536


def allow_many_open_files() -> None:
    """Raise the limit of this process as far as the system lets it."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MANY if most == resource.RLIM_INFINITY else min(MANY, most)
    if now != resource.RLIM_INFINITY and now < wanted:
        with suppress(OSError, ValueError):  # a kernel may have a limit of its own below the one it tells
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
