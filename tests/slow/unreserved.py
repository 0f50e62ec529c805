"""`loftbox` as it must never be: it takes mail until its disk is full to the last octet.

    python -m tests.slow.unreserved serve ...

What keeps a gateway from there is looked at before each message. Whoever else fills the
disk does not look, so that it has to live through the end of it all the same.
"""

from loftbox_cli.edge.system import disk

if __name__ == "__main__":
    disk.LEAST_FREE = 0
    disk.LEAST_SHARE = 0.0
    from loftbox_cli.__main__ import main

    main()
