"""Everything that `loftbox doctor` looks at, gathered and judged."""

import asyncio
import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from loftbox_cli.core.doctor import contents, doors, files, machine, secrets
from loftbox_cli.core.doctor.check import Check, Health, from_error
from loftbox_cli.core.doctor.files import FileSeen, Guard
from loftbox_cli.core.doctor.outside import judge_providers, not_asked
from loftbox_cli.core.doctor.routes import judge_dane, judge_logins
from loftbox_cli.core.errors import BadConfiguration, LoftBoxError, NoMasterKey
from loftbox_cli.edge.health.certificate import read_certificate
from loftbox_cli.edge.health.doors import knock_http, knock_smtp
from loftbox_cli.edge.health.files import owner_of, see_files
from loftbox_cli.edge.store import sqlite
from loftbox_cli.edge.store.quick_look import quick_look, wal_size
from loftbox_cli.edge.system.certificate import server_context
from loftbox_cli.edge.system.disk import room
from loftbox_cli.edge.system.master_key import FILE as KEY_FILE
from loftbox_cli.edge.system.master_key import VARIABLE, find_master_key
from loftbox_cli.edge.system.owner import check_owner, current_user
from loftbox_cli.edge.system.sealer import MasterKeySealer
from loftbox_cli.services import routes, setup, status
from loftbox_cli.services.status import Remembered
from loftbox_cli.wiring import TAGGING_PURPOSE, LoftBox
from loftbox_cli.wiring.outside import look_outside
from loftbox_cli.wiring.serving import http_certificate, smtp_certificate

LOOK = 10.0  # seconds for the pages of the store
DEADLINE = 5.0  # seconds for one door


def examine(loftbox: LoftBox, *, outside: bool = False) -> Iterator[Check]:
    """Look at everything, with `outside` at what the world sees of us too.

    Raises BadConfiguration when the store belongs to another user.
    """
    check_owner(loftbox.loaded.store, user=current_user())
    now = loftbox.clock.now()
    yield _settings(loftbox)
    gateway = loftbox.settings.gateway
    yield from machine.judge_names(gateway.hostname, gateway.operator)
    yield machine.judge_library(machine.Library(sqlite.VERSION, sqlite.SAFE_WAL, sqlite.REPAIRED))
    try:
        look = quick_look(loftbox.file, seconds=LOOK)
        yield contents.judge_quick(look)
        if look.faults:
            return  # what a damaged store says is no ground to judge anything by
        remembered = loftbox.store.glance(status.remembered)
    except LoftBoxError as error:
        yield from_error("store", error)
        return
    left = room(loftbox.loaded.store)
    yield machine.judge_disk(left.free, left.least)
    yield machine.judge_wal(wal_size(loftbox.file))
    yield machine.judge_clock(now, remembered.newest)
    yield from files.judge_files(_files(loftbox), owner=owner_of(loftbox.loaded.store))
    yield _master_key(loftbox, remembered)
    yield from _doors(loftbox, _noted(loftbox, remembered.serving), now)
    yield judge_dane(asyncio.run(loftbox.resolver.validates()))
    yield from judge_logins(loftbox.store.glance(routes.refused_logins))
    yield from judge_providers(loftbox.store.glance(status.status, now=now).domains)
    if outside:
        yield from asyncio.run(look_outside(loftbox))
    else:
        yield not_asked()


def _settings(loftbox: LoftBox) -> Check:
    file = loftbox.loaded.file
    return Check(
        "settings", Health.OK, f"the settings in {file} are good" if file else "the settings are good"
    )


def _files(loftbox: LoftBox) -> Iterator[FileSeen]:
    folder, settings = loftbox.loaded.store, loftbox.loaded.file
    named = os.environ.get(VARIABLE)
    ours = [
        folder,
        *(loftbox.file.with_name(loftbox.file.name + suffix) for suffix in ("", "-wal", "-shm")),
        Path(named) if named else folder / KEY_FILE,
    ]
    keys = [key for _, key in _certificates(loftbox).values()]
    yield from see_files(ours, Guard.OURS)
    yield from see_files(keys, Guard.TLS_KEY)
    yield from see_files([settings] if settings else [], Guard.SETTINGS)


def _master_key(loftbox: LoftBox, remembered: Remembered) -> Check:
    try:
        # As the daemon looks for it: a key that only a keyring has would not start it.
        key = find_master_key(loftbox.loaded.store, environ=os.environ, ask_keyring=False)
    except NoMasterKey as error:
        return secrets.judge_no_key(error, served=loftbox.served)
    sealer = MasterKeySealer(key)
    tagging = (TAGGING_PURPOSE, loftbox.store.glance(setup.sealed_tag_secret))
    sealed = (tagging, *remembered.sealed)
    try:
        for purpose, octets in sealed:
            sealer.open(octets, purpose=purpose)
    except LoftBoxError as error:
        return from_error("master key", error)
    return secrets.judge_key(key.source, len(sealed))


def _noted(loftbox: LoftBox, words: str) -> Mapping[str, Any] | None:
    """What the daemon said of itself; empty when it has not yet, None when there is none."""
    if not loftbox.served:
        return None
    noted: Mapping[str, Any] = json.loads(words) if words else {}
    return noted


def _doors(loftbox: LoftBox, noted: Mapping[str, Any] | None, now: datetime) -> Iterator[Check]:
    said = noted or {}
    since = datetime.fromisoformat(said["since"]) if said else None
    yield doors.judge_daemon(runs=noted is not None, process=said.get("pid"), since=since)
    listening = said.get("listening", {})
    smtp, http = asyncio.run(_knock(loftbox, listening.get("smtp"), listening.get("http")))
    yield doors.judge_smtp(smtp) if smtp else doors.not_tried("smtp")
    yield doors.judge_http(http) if http else doors.not_tried("http")
    settings = loftbox.settings.http
    host = listening["http"]["host"] if http else settings.host
    yield doors.judge_exposure(host, tls=bool(settings.tls_certificate), proxies=settings.trusted_proxies)
    for name, heard in (("smtp", smtp), ("http", http)):
        pair = _certificates(loftbox).get(name)
        if pair:
            yield _certificate(loftbox, f"{name} certificate", pair, heard, now)


async def _knock(
    loftbox: LoftBox, smtp: Mapping[str, Any] | None, http: Mapping[str, Any] | None
) -> tuple[doors.Heard | None, doors.Heard | None]:
    name = loftbox.settings.gateway.hostname
    tls = bool(loftbox.settings.http.tls_certificate)
    return (
        await knock_smtp(smtp["host"], smtp["port"], name=name, deadline=DEADLINE) if smtp else None,
        await knock_http(http["host"], http["port"], tls=tls, deadline=DEADLINE) if http else None,
    )


def _certificates(loftbox: LoftBox) -> dict[str, tuple[Path, Path]]:
    """The certificate and key of each door that has them."""
    pairs = {"smtp": smtp_certificate(loftbox), "http": http_certificate(loftbox)}
    return {name: pair for name, pair in pairs.items() if pair}


def _certificate(
    loftbox: LoftBox, name: str, pair: tuple[Path, Path], heard: doors.Heard | None, now: datetime
) -> Check:
    try:
        server_context(*pair)
        found = read_certificate(pair[0])
    except BadConfiguration as error:
        return from_error(name, error)
    return doors.judge_certificate(
        name,
        found,
        hostname=loftbox.settings.gateway.hostname,
        served=heard.certificate if heard else b"",
        now=now,
    )
