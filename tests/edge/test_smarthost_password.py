"""Where the password of a smarthost comes from."""

from pathlib import Path

import keyring
import pytest

from loftbox_cli.core.errors import BadConfiguration, BadInput
from loftbox_cli.core.smarthost import Login, parse_smarthost
from loftbox_cli.edge.system.smarthost_password import find_login, password_in_keyring
from tests.edge.keyrings import BrokenKeyring, DictKeyring, ring
from tests.edge.test_master_key import private

__all__ = ["ring"]

URL = "smtp+tls://agent@smtp.example.net:587"
SERVER = parse_smarthost(URL)
CREDENTIAL = "loftbox_next_hop_password"


@pytest.mark.rule("O30")
def test_the_credential_comes_first_then_the_named_file_then_the_keyring_then_our_own(
    tmp_path: Path, ring: DictKeyring
) -> None:
    credential = private(tmp_path / CREDENTIAL, b"of systemd\n")
    named = tmp_path / "named"
    named.write_bytes(b"of a file\r\n")
    ring.set_password("loftbox", URL, "of the keyring")
    private(tmp_path / "next_hop.password", b"our own\n")
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}

    def found(named: Path | None = None, *, ask_keyring: bool = False) -> Login | None:
        return find_login(SERVER, tmp_path, named=named, environ=environ, ask_keyring=ask_keyring)

    assert found(named, ask_keyring=True) == Login("agent", "of systemd")
    credential.unlink()
    assert found(named, ask_keyring=True) == Login("agent", "of a file")
    assert found(ask_keyring=True) == Login("agent", "of the keyring")
    assert found() == Login("agent", "our own")


def test_a_password_of_our_own_that_others_may_read_is_refused(tmp_path: Path) -> None:
    private(tmp_path / "next_hop.password", b"secret").chmod(0o640)
    with pytest.raises(BadConfiguration, match="may be used by others") as refused:
        find_login(SERVER, tmp_path, named=None, environ={}, ask_keyring=False)
    assert "secret" not in f"{refused.value.fact} {refused.value.fix}"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"x" * 300])
def test_a_place_that_holds_no_password_is_not_passed_over(tmp_path: Path, content: bytes) -> None:
    private(tmp_path / CREDENTIAL, content)
    private(tmp_path / "next_hop.password", b"our own")
    with pytest.raises((BadConfiguration, BadInput)) as refused:
        find_login(
            SERVER,
            tmp_path,
            named=None,
            environ={"CREDENTIALS_DIRECTORY": str(tmp_path)},
            ask_keyring=False,
        )
    assert "xxx" not in refused.value.fact


def test_a_server_without_a_user_wants_no_password(tmp_path: Path) -> None:
    for server in (None, parse_smarthost("127.0.0.1:25")):
        assert find_login(server, tmp_path, named=None, environ={}, ask_keyring=False) is None


@pytest.mark.usefixtures("ring")
def test_a_keyring_that_does_not_answer_holds_nothing() -> None:
    keyring.set_keyring(BrokenKeyring())
    assert password_in_keyring(SERVER) == ""
