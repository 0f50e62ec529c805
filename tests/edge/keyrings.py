"""Keyrings that are a dict, and one that answers nothing."""

from collections.abc import Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend


class DictKeyring(KeyringBackend):
    priority = 1.0

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # the library has no type for it
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


class BrokenKeyring(DictKeyring):
    def get_password(self, service: str, username: str) -> str | None:
        raise OSError(f"no D-Bus to ask for {service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise OSError(f"no D-Bus to take {len(password)} characters for {service} {username}")


@pytest.fixture
def ring() -> Iterator[DictKeyring]:
    before = keyring.get_keyring()
    fake = DictKeyring()
    keyring.set_keyring(fake)
    yield fake
    keyring.set_keyring(before)
