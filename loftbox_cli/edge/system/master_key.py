"""The one key that seals the secrets in the store, and where it is looked for.

In this order: the systemd credential `loftbox_master_key`; the file that the
environment names in LOFTBOX_MASTER_KEY_FILE; the keyring, for commands only; the
file `master.key` beside the store. A key is 32 octets, raw or as one line of base64.
"""

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from loftbox_cli.core.errors import AlreadyExists, BadConfiguration, NoMasterKey
from loftbox_cli.edge.system.chance import secret_octets
from loftbox_cli.edge.system.private_file import read_private, write_private

CREDENTIAL = "loftbox_master_key"
VARIABLE = "LOFTBOX_MASTER_KEY_FILE"
FILE = "master.key"
LENGTH = 32
_SERVICE = "loftbox"


@dataclass(frozen=True, slots=True)
class MasterKey:
    """The key, kept out of every printed form, and the place it came from."""

    octets: bytes = field(repr=False)
    source: str


def find_master_key(folder: Path, *, environ: Mapping[str, str], ask_keyring: bool) -> MasterKey:
    """Find the key of the store in `folder`; raises NoMasterKey.

    A place that is named but holds no good key is an error, never passed over:
    falling back to another key would leave every secret unreadable.
    `ask_keyring` is for commands. A daemon must not: a locked keyring asks a
    person and blocks.
    """
    return (
        _from_credential(environ)
        or _from_named_file(environ)
        or (_from_keyring(folder) if ask_keyring else None)
        or _from_own_file(folder)
    )


def create_master_key(folder: Path, *, environ: Mapping[str, str], in_keyring: bool = False) -> MasterKey:
    """Make the key of a new store; raises AlreadyExists rather than replace one.

    It goes where it will be looked for first. A key that the environment gives
    already is the store's key: another one would never be found.
    """
    if in_keyring:
        return _into_keyring(folder, secret_octets(LENGTH))
    if given := _from_credential(environ):
        return given
    name = environ.get(VARIABLE, "")
    if name and os.path.lexists(name):
        return _from_file(Path(name), f"{VARIABLE}={name}")
    key = secret_octets(LENGTH)
    path = Path(name) if name else folder / FILE
    write_private(path, base64.b64encode(key) + b"\n")
    return MasterKey(key, str(path))


def _from_credential(environ: Mapping[str, str]) -> MasterKey | None:
    # systemd keeps this folder for the service alone, and shows its access list as
    # group bits: the modes say nothing here.
    folder = environ.get("CREDENTIALS_DIRECTORY", "")
    path = Path(folder) / CREDENTIAL
    if not folder or not path.exists():
        return None
    try:
        return MasterKey(_octets(path.read_bytes(), str(path)), f"systemd credential {CREDENTIAL}")
    except OSError as error:
        raise NoMasterKey(
            f"{path} cannot be read: {error.strerror}", fix="see LoadCredential in the unit file"
        ) from error


def _from_named_file(environ: Mapping[str, str]) -> MasterKey | None:
    name = environ.get(VARIABLE, "")
    return _from_file(Path(name), f"{VARIABLE}={name}") if name else None


def _from_own_file(folder: Path) -> MasterKey:
    path = folder / FILE
    if not os.path.lexists(path):
        raise NoMasterKey(
            f"there is no master key for the store in {folder}",
            fix=f"put the key that loftbox init made back to {path}, or name its file in {VARIABLE}",
        )
    return _from_file(path, str(path))


def _from_file(path: Path, source: str) -> MasterKey:
    try:
        content = read_private(path)
    except BadConfiguration as error:
        raise NoMasterKey(error.fact, fix=error.fix) from error
    return MasterKey(_octets(content, str(path)), source)


def _octets(content: bytes, source: str) -> bytes:
    if len(content) == LENGTH:
        return content
    try:
        key = base64.b64decode(content.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != LENGTH:
        raise NoMasterKey(
            f"{source} holds no master key: {LENGTH} octets are wanted, raw or in base64",
            fix="put back the file that loftbox init made",
        )
    return key


def _from_keyring(folder: Path) -> MasterKey | None:
    try:
        import keyring

        text = keyring.get_password(_SERVICE, str(folder))
    except Exception:  # noqa: BLE001 - backends raise what they like, and the file is still to be asked
        return None
    return None if text is None else MasterKey(_octets(text.encode(), "the keyring"), "keyring")


def _into_keyring(folder: Path, key: bytes) -> MasterKey:
    if _from_keyring(folder) is not None:
        raise AlreadyExists(
            f"the keyring holds a key for {folder} already",
            fix="keep it, or take it out of the keyring first",
        )
    try:
        import keyring

        keyring.set_password(_SERVICE, str(folder), base64.b64encode(key).decode())
    except Exception as error:
        raise BadConfiguration(
            f"the keyring takes no key: {type(error).__name__}", fix="leave the keyring out: a file is made"
        ) from error
    return MasterKey(key, "keyring")
