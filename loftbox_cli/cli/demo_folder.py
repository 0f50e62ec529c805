"""The one folder that the demo writes to, and what becomes of it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loftbox_cli.core.errors import BadConfiguration, LoftBoxError

LOG = "serve.log"


@contextmanager
def own_folder(*, keep: bool) -> Iterator[Path]:
    """Make it, readable by nobody else, and remove it at the end.

    It stays with `keep`, and after a failed step when the gateway has left a log, which
    the error then names. Raises BadConfiguration when no folder can be made.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix="loftbox-demo-"))
    except OSError as error:
        raise BadConfiguration(
            f"no temporary folder can be made: {error.strerror}", fix="name a folder with room in TMPDIR"
        ) from error
    try:
        yield folder
    except LoftBoxError as error:
        log = folder / LOG
        if not log.exists():
            raise
        keep = True
        raise LoftBoxError(
            error.fact, fix=f"the gateway's log is {log}; remove {folder} when you are done"
        ) from error
    finally:
        if not keep:
            shutil.rmtree(folder)
