"""Where the password of a smarthost that the settings name is looked for.

In this order: the systemd credential `loftbox_next_hop_password`; the file in
delivery.next_hop_password_file; the keyring, for commands only; the file
`next_hop.password` of mode 0600 beside the store. A place that is there and holds no
password is an error, never passed over.
"""

from collections.abc import Mapping
from pathlib import Path

from loftbox_cli.core.errors import BadConfiguration
from loftbox_cli.core.smarthost import Login, Smarthost, check_password
from loftbox_cli.edge.system.private_file import read_private

CREDENTIAL = "loftbox_next_hop_password"
FILE = "next_hop.password"
_SERVICE = "loftbox"
_FIELD = "delivery.next_hop_password_file"


def find_login(
    server: Smarthost | None,
    folder: Path,
    *,
    named: Path | None,
    environ: Mapping[str, str],
    ask_keyring: bool,
) -> Login | None:
    """Who we are to the `server` of the settings, for the store in `folder`; raises BadConfiguration.

    `ask_keyring` is for commands. A daemon must not: a locked keyring asks a person and
    blocks.
    """
    if server is None or not server.user:
        return None
    return Login(server.user, _find_password(server, folder, named, environ, ask_keyring=ask_keyring))


def _find_password(
    server: Smarthost, folder: Path, named: Path | None, environ: Mapping[str, str], *, ask_keyring: bool
) -> str:
    credentials = environ.get("CREDENTIALS_DIRECTORY", "")
    credential = Path(credentials) / CREDENTIAL
    if credentials and credential.exists():
        return _from_file(credential)
    if named is not None:
        return _from_file(named)
    if ask_keyring and (found := password_in_keyring(server)):
        return check_password(found, field=_FIELD)
    own = folder / FILE
    if own.exists():
        return _line(read_private(own), own)
    raise BadConfiguration(
        f"{server} asks for a login, and there is no password",
        fix=f"name a file that holds it in {_FIELD}, or put it into {own}, mode 0600",
        field="delivery.next_hop",
    )


def password_in_keyring(server: Smarthost) -> str:
    """What the keyring holds for a smarthost under its URL; "" without one."""
    try:
        import keyring

        return keyring.get_password(_SERVICE, str(server)) or ""
    except Exception:  # noqa: BLE001 - backends raise what they like, and other places are still to be asked
        return ""


def _from_file(path: Path) -> str:
    # Its mode is not looked at: systemd shows the access list of a credential as group bits.
    try:
        return _line(path.read_bytes(), path)
    except OSError as error:
        raise _unreadable(path, error.strerror or "it is no file") from None


def _line(content: bytes, path: Path) -> str:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise _unreadable(path, "it is no text") from None
    return check_password(text.rstrip("\r\n"), field=_FIELD)


def _unreadable(path: Path, reason: str) -> BadConfiguration:
    return BadConfiguration(
        f"cannot read the password of the smarthost in {path}: {reason}",
        fix="name a file that holds nothing but the password",
        field=_FIELD,
    )
