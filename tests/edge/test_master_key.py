import base64
from pathlib import Path

import keyring
import pytest

from loftbox_cli.core.errors import AlreadyExists, BadConfiguration, NewerStore, NoMasterKey
from loftbox_cli.edge.system.master_key import MasterKey, create_master_key, find_master_key
from loftbox_cli.edge.system.sealer import MasterKeySealer
from tests.edge.keyrings import BrokenKeyring, DictKeyring, ring

__all__ = ["ring"]

KEY = bytes(range(32))
OTHER = bytes(reversed(range(32)))


def private(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    path.chmod(0o600)
    return path


def test_the_credential_comes_first_then_the_named_file_then_the_keyring_then_our_own(
    tmp_path: Path, ring: DictKeyring
) -> None:
    keys = [bytes([n]) * 32 for n in range(4)]
    private(tmp_path / "loftbox_master_key", keys[0])
    named = private(tmp_path / "named", keys[1])
    ring.set_password("loftbox", str(tmp_path), base64.b64encode(keys[2]).decode())
    private(tmp_path / "master.key", keys[3])
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path), "LOFTBOX_MASTER_KEY_FILE": str(named)}
    found = []
    for name in ("CREDENTIALS_DIRECTORY", "LOFTBOX_MASTER_KEY_FILE"):
        found.append(find_master_key(tmp_path, environ=environ, ask_keyring=True).octets)
        del environ[name]
    found.append(find_master_key(tmp_path, environ={}, ask_keyring=True).octets)
    found.append(find_master_key(tmp_path, environ={}, ask_keyring=False).octets)
    assert found == keys


def test_a_credential_may_look_group_readable_as_systemd_makes_it(tmp_path: Path) -> None:
    private(tmp_path / "loftbox_master_key", KEY).chmod(0o440)
    found = find_master_key(tmp_path, environ={"CREDENTIALS_DIRECTORY": str(tmp_path)}, ask_keyring=False)
    assert found.octets == KEY


@pytest.mark.parametrize("content", [KEY, base64.b64encode(KEY), base64.b64encode(KEY) + b"\n"])
def test_a_key_may_be_raw_or_one_line_of_base64(tmp_path: Path, content: bytes) -> None:
    private(tmp_path / "master.key", content)
    assert find_master_key(tmp_path, environ={}, ask_keyring=False).octets == KEY


@pytest.mark.parametrize("content", [b"", b"short", KEY + b"x", base64.b64encode(KEY[:31]), b"\xff" * 44])
def test_a_file_that_holds_no_key_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    private(tmp_path / "master.key", content)
    with pytest.raises(NoMasterKey, match=r"master\.key"):
        find_master_key(tmp_path, environ={}, ask_keyring=False)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o610])
def test_a_key_file_that_others_may_use_is_refused_with_the_command_that_mends_it(
    tmp_path: Path, mode: int
) -> None:
    private(tmp_path / "master.key", KEY).chmod(mode)
    with pytest.raises(NoMasterKey, match=f"{mode:04o}") as caught:
        find_master_key(tmp_path, environ={}, ask_keyring=False)
    assert caught.value.fix == f"run: chmod 600 {tmp_path / 'master.key'}"


def test_a_named_file_that_is_missing_is_not_passed_over(tmp_path: Path) -> None:
    private(tmp_path / "master.key", KEY)
    environ = {"LOFTBOX_MASTER_KEY_FILE": str(tmp_path / "gone")}
    with pytest.raises(NoMasterKey, match="gone"):
        find_master_key(tmp_path, environ=environ, ask_keyring=False)


def test_no_key_anywhere_says_where_to_put_it(tmp_path: Path) -> None:
    with pytest.raises(NoMasterKey) as caught:
        find_master_key(tmp_path, environ={}, ask_keyring=False)
    assert "LOFTBOX_MASTER_KEY_FILE" in caught.value.fix


@pytest.mark.usefixtures("ring")
def test_a_keyring_that_fails_is_passed_over(tmp_path: Path) -> None:
    keyring.set_keyring(BrokenKeyring())
    private(tmp_path / "master.key", KEY)
    assert find_master_key(tmp_path, environ={}, ask_keyring=True).octets == KEY
    with pytest.raises(BadConfiguration, match="keyring"):
        create_master_key(tmp_path, environ={}, in_keyring=True)


def test_a_new_key_is_private_found_again_and_never_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    made = create_master_key(folder, environ={})
    assert (folder / "master.key").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert find_master_key(folder, environ={}, ask_keyring=False).octets == made.octets
    with pytest.raises(AlreadyExists):
        create_master_key(folder, environ={})


def test_a_new_key_goes_to_the_file_that_the_environment_names(tmp_path: Path) -> None:
    environ = {"LOFTBOX_MASTER_KEY_FILE": str(tmp_path / "apart" / "key")}
    made = create_master_key(tmp_path / "store", environ=environ)
    assert not (tmp_path / "store" / "master.key").exists()
    assert find_master_key(tmp_path / "store", environ=environ, ask_keyring=False).octets == made.octets


def test_a_key_that_the_environment_gives_is_taken_and_not_replaced(tmp_path: Path) -> None:
    environ = {"LOFTBOX_MASTER_KEY_FILE": str(private(tmp_path / "key", KEY))}
    assert create_master_key(tmp_path / "store", environ=environ).octets == KEY
    credentials = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    private(tmp_path / "loftbox_master_key", KEY)
    assert create_master_key(tmp_path / "store", environ=credentials).octets == KEY
    assert not (tmp_path / "store").exists()


def test_a_new_key_in_the_keyring_is_found_again_and_never_replaced(
    tmp_path: Path, ring: DictKeyring
) -> None:
    made = create_master_key(tmp_path, environ={}, in_keyring=True)
    assert ring.kept
    assert find_master_key(tmp_path, environ={}, ask_keyring=True).octets == made.octets
    with pytest.raises(AlreadyExists):
        create_master_key(tmp_path, environ={}, in_keyring=True)


def test_a_key_is_in_no_printed_form() -> None:
    key = MasterKey(b"k" * 32, "test")
    assert "kkk" not in repr(key) + str(key)


def test_what_is_sealed_opens_again_and_looks_different_each_time() -> None:
    sealer = MasterKeySealer(MasterKey(KEY, "test"))
    first, second = (sealer.seal(b"secret", purpose="dkim:1") for _ in range(2))
    assert first != second
    assert b"secret" not in first
    assert sealer.open(first, purpose="dkim:1") == b"secret"


def test_another_key_another_purpose_or_a_changed_octet_opens_nothing() -> None:
    sealer = MasterKeySealer(MasterKey(KEY, "test"))
    sealed = sealer.seal(b"secret", purpose="dkim:1")
    with pytest.raises(NoMasterKey):
        MasterKeySealer(MasterKey(OTHER, "test")).open(sealed, purpose="dkim:1")
    with pytest.raises(NoMasterKey):
        sealer.open(sealed, purpose="dkim:2")
    for place in range(1, len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(NoMasterKey):
            sealer.open(bytes(changed), purpose="dkim:1")


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" + bytes(20), b"\x00" + bytes(40)])
def test_a_damaged_secret_is_told_as_such(sealed: bytes) -> None:
    with pytest.raises(NoMasterKey, match="damaged"):
        MasterKeySealer(MasterKey(KEY, "test")).open(sealed, purpose="dkim:1")


def test_a_secret_of_a_newer_program_is_told_as_such() -> None:
    with pytest.raises(NewerStore):
        MasterKeySealer(MasterKey(KEY, "test")).open(b"\x02" + bytes(40), purpose="dkim:1")
