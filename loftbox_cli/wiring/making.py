"""What `loftbox init` makes: the store, the master key, a certificate and the operator.

All of it or nothing: half a store could neither be used nor be made again.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from loftbox_cli.core.ids import PersonId
from loftbox_cli.core.person import Person, Role
from loftbox_cli.edge.config_file.load import Loaded
from loftbox_cli.edge.store import file
from loftbox_cli.edge.system import chance
from loftbox_cli.edge.system.certificate import make_certificate
from loftbox_cli.edge.system.lock import StoreLock
from loftbox_cli.edge.system.master_key import create_master_key
from loftbox_cli.edge.system.owner import check_owner, current_user
from loftbox_cli.edge.system.sealer import MasterKeySealer
from loftbox_cli.services import setup
from loftbox_cli.wiring import STORE_FILE, TAGGING_PURPOSE, LoftBox, system_user


def make(loaded: Loaded, *, operator_name: str, in_keyring: bool) -> str:
    """Make a new store with its keys and its operator; answers where the master key lies.

    Raises AlreadyExists when there is a store. Whatever is raised, nothing was made.
    """
    folder = loaded.store
    check_owner(folder, user=current_user())
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with StoreLock(folder), _all_or_nothing(folder):
        loftbox = LoftBox(loaded)
        file.make(loftbox.file)
        now = loftbox.clock.now()
        if loaded.settings.smtp.tls_certificate is None:
            make_certificate(folder, loaded.settings.gateway.hostname, now=now)
        # Last of the files: one that went into a keyring is not taken back.
        key = create_master_key(folder, environ=os.environ, in_keyring=in_keyring)
        operator = Person(
            PersonId(loftbox.mint("per")),
            operator_name,
            loaded.settings.gateway.operator,
            Role.OPERATOR,
            now,
            _account(),
        )
        sealed = MasterKeySealer(key).seal(chance.secret_octets(), purpose=TAGGING_PURPOSE)
        with contextlib.closing(loftbox):
            loftbox.store.write(setup.begin, operator=operator, sealed_tag_secret=sealed, now=now)
    return key.source


@contextlib.contextmanager
def _all_or_nothing(folder: Path) -> Iterator[None]:
    """Take away what the block made of the store's files, should it fail."""
    store = (STORE_FILE, f"{STORE_FILE}-wal", f"{STORE_FILE}-shm")
    made = [folder / name for name in (*store, "master.key", "smtp.crt", "smtp.key")]
    # An interrupted start leaves an empty file, which is filled here.
    before = {path for path in made if path.exists() and path.stat().st_size}
    try:
        yield
    except BaseException:
        for path in made:
            if path not in before:
                path.unlink(missing_ok=True)
        raise


def _account() -> str | None:
    """As whom the operator types commands; root is everybody who may become it, and so nobody."""
    name = system_user().name
    return None if name == "root" else name
