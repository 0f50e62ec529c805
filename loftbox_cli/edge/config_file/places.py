"""Where the settings file and the store lie when nobody says.

As a service, systemd names its folders in the environment (systemd.exec(5)); its
user and root find the same ones by their fixed names, so that a command and the
daemon meet. Everybody else has the folders that the platform gives to a user.
"""

import os
import pwd
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FILE = "loftbox.toml"
SERVICE_USER = "loftbox"
SERVICE_SETTINGS = Path("/etc/loftbox")
SERVICE_STORE = Path("/var/lib/loftbox")


@dataclass(frozen=True, slots=True)
class Places:
    """The file that is read when it exists, and the store's folder."""

    settings: Path
    store: Path


def find_places(environ: Mapping[str, str], *, user: str, service: Path = SERVICE_SETTINGS) -> Places:
    """Choose for a user; `service` is the folder whose file makes this a machine with a service."""
    if "STATE_DIRECTORY" in environ or _of_service(user, service / FILE):
        # systemd separates several folders by colons; ours is the first.
        settings = environ.get("CONFIGURATION_DIRECTORY", str(service)).split(":")[0]
        store = environ.get("STATE_DIRECTORY", str(SERVICE_STORE)).split(":")[0]
        return Places(Path(settings) / FILE, Path(store))
    from platformdirs import user_config_path, user_data_path

    return Places(user_config_path("loftbox") / FILE, user_data_path("loftbox"))


def _of_service(user: str, settings: Path) -> bool:
    return user == SERVICE_USER or (user == "root" and settings.exists())


def user_name() -> str:
    """The name of the user whose rights this process has; its number where it has no name."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
