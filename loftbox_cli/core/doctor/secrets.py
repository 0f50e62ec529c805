"""What is judged about the master key: whether it is there and opens what the store keeps sealed."""

from loftbox_cli.core.doctor.check import Check, Health, from_error
from loftbox_cli.core.errors import NoMasterKey

_NAME = "master key"


def judge_key(source: str, opened: int) -> Check:
    """Tell of a key that opened every secret."""
    return Check(_NAME, Health.OK, f"the key from {source} opens the stored secrets ({opened})")


def judge_no_key(error: NoMasterKey, *, served: bool) -> Check:
    """Judge a key that cannot be found here.

    A daemon does not start without its key, which systemd may give to it alone; the
    key need not be where a command can read it.
    """
    if served:
        return Check(_NAME, Health.UNKNOWN, f"{error.fact}, but the gateway that runs has one")
    return from_error(_NAME, error)
