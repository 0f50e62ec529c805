"""Every setting there is, with its kind and its default.

`config/loftbox.toml` says what each is for. A setting is `section.key` in the file
and LOFTBOX_SECTION_KEY in the environment.
"""
# ruff: noqa: RUF009 - `_setting` is `dataclasses.field` with a kind; its defaults are immutable

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from loftbox_cli.core.smarthost import Smarthost
from loftbox_cli.edge.config_file.kinds import (
    ADDRESS,
    ADDRESSES,
    BASE_URL,
    BLOCK_LISTS,
    COUNT,
    DURATION,
    FLAG,
    HOP,
    HOST,
    HOSTNAME,
    NETWORKS,
    PATH,
    PORT,
    SCHEDULE,
    SERVERS,
    SIZE,
    Kind,
    choice,
)

T = TypeVar("T")


def _setting(kind: Kind[T], default: T) -> T:
    return field(default=default, metadata={"kind": kind})


def _minutes(*counts: int) -> tuple[timedelta, ...]:
    return tuple(timedelta(minutes=count) for count in counts)


@dataclass(frozen=True, slots=True)
class Gateway:
    """Who we are to the world."""

    hostname: str = _setting(HOSTNAME, "")
    operator: str = _setting(ADDRESS, "")
    addresses: tuple[str, ...] = _setting(ADDRESSES, ())
    approve_domains: bool = _setting(FLAG, False)
    notices: bool = _setting(FLAG, True)


@dataclass(frozen=True, slots=True)
class Store:
    """Where everything is kept; None only until the place for this user is filled in."""

    path: Path | None = _setting(PATH, None)


@dataclass(frozen=True, slots=True)
class Smtp:
    """The door for mail."""

    host: str = _setting(HOST, "")
    port: int = _setting(PORT, 25)
    tls_certificate: Path | None = _setting(PATH, None)
    tls_key: Path | None = _setting(PATH, None)
    max_size: int = _setting(SIZE, 25 << 20)


@dataclass(frozen=True, slots=True)
class Http:
    """The door for the API and the console."""

    host: str = _setting(HOST, "127.0.0.1")
    port: int = _setting(PORT, 8420)
    tls_certificate: Path | None = _setting(PATH, None)
    tls_key: Path | None = _setting(PATH, None)
    trusted_proxies: tuple[str, ...] = _setting(NETWORKS, ())
    public_url: str = _setting(BASE_URL, "")


@dataclass(frozen=True, slots=True)
class Dns:
    """Whom we ask."""

    servers: tuple[str, ...] = _setting(SERVERS, ())
    deadline: timedelta = _setting(DURATION, timedelta(seconds=5))


@dataclass(frozen=True, slots=True)
class Delivery:
    """How mail leaves."""

    port: int = _setting(PORT, 25)
    next_hop: Smarthost | None = _setting(HOP, None)
    next_hop_password_file: Path | None = _setting(PATH, None)
    ip_family: str = _setting(choice("auto", "ipv4", "ipv6"), "auto")
    allow_networks: tuple[str, ...] = _setting(NETWORKS, ())
    retry: tuple[timedelta, ...] = _setting(SCHEDULE, _minutes(5, 10, 20, 40, 80, 180, 360))
    give_up_after: timedelta = _setting(DURATION, timedelta(days=5))
    concurrency: int = _setting(COUNT, 20)


@dataclass(frozen=True, slots=True)
class Webhooks:
    """How events leave."""

    allow_networks: tuple[str, ...] = _setting(NETWORKS, ())
    retry: tuple[timedelta, ...] = _setting(SCHEDULE, _minutes(0, 1, 5, 15, 60, 240, 480, 960))
    deadline: timedelta = _setting(DURATION, timedelta(seconds=15))


@dataclass(frozen=True, slots=True)
class Limits:
    """How much and how long."""

    smtp_sessions: int = _setting(COUNT, 1000)
    smtp_peer_sessions: int = _setting(COUNT, 50)
    smtp_peer_connections: int = _setting(COUNT, 300)
    smtp_peer_messages: int = _setting(COUNT, 500)
    smtp_peer_guesses: int = _setting(COUNT, 100)
    smtp_exempt_networks: tuple[str, ...] = _setting(NETWORKS, ("127.0.0.0/8", "::1/128"))
    smtp_session_time: timedelta = _setting(DURATION, timedelta(hours=1))
    smtp_memory: int = _setting(SIZE, 256 << 20)
    shutdown_grace: timedelta = _setting(DURATION, timedelta(seconds=60))


@dataclass(frozen=True, slots=True)
class Log:
    """What is told to the journal."""

    format: str = _setting(choice("auto", "json", "console"), "auto")
    level: str = _setting(choice("debug", "info", "warning", "error"), "info")


@dataclass(frozen=True, slots=True)
class Doctor:
    """Whom `loftbox doctor --outside` asks."""

    probe: str = _setting(HOSTNAME, "")
    block_lists: tuple[str, ...] = _setting(BLOCK_LISTS, ())


@dataclass(frozen=True, slots=True)
class Settings:
    """All sections."""

    gateway: Gateway = Gateway()
    store: Store = Store()
    smtp: Smtp = Smtp()
    http: Http = Http()
    dns: Dns = Dns()
    delivery: Delivery = Delivery()
    webhooks: Webhooks = Webhooks()
    limits: Limits = Limits()
    doctor: Doctor = Doctor()
    log: Log = Log()


SECTIONS: dict[str, type[Any]] = {section.name: type(section.default) for section in fields(Settings)}


def _kinds() -> Iterator[tuple[str, Kind[Any]]]:
    for section, form in SECTIONS.items():
        for key in fields(form):
            yield f"{section}.{key.name}", key.metadata["kind"]


KINDS: dict[str, Kind[Any]] = dict(_kinds())
VARIABLES = {f"LOFTBOX_{key.replace('.', '_').upper()}": key for key in KINDS}


def value_of(settings: Settings, key: str) -> Any:
    """Read the setting that a dotted key names."""
    section, name = key.split(".")
    return getattr(getattr(settings, section), name)
