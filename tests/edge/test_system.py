import os
import resource
import socket
import ssl
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from loftbox_cli.core.errors import AlreadyExists, AlreadyRunning, BadConfiguration, DiskLow
from loftbox_cli.edge.system.certificate import (
    load_certificate,
    make_certificate,
    self_signed,
    server_context,
)
from loftbox_cli.edge.system.disk import LOOK_EVERY, Room, RoomWatch, check_room, room
from loftbox_cli.edge.system.lock import StoreLock
from loftbox_cli.edge.system.open_files import MANY, allow_many_open_files
from loftbox_cli.edge.system.owner import check_owner, current_user
from loftbox_cli.edge.system.sd_notify import READY, STOPPING, notify, watchdog_interval

NOW = datetime(2026, 11, 1, tzinfo=UTC)
GIB = 1 << 30


@pytest.mark.parametrize("abstract", [False, True])
def test_systemd_hears_that_we_are_ready(tmp_path: Path, abstract: bool) -> None:
    name = f"@loftbox-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0" + name[1:] if abstract else name)
        assert notify(READY, "STATUS=open", environ={"NOTIFY_SOCKET": name})
        assert manager.recv(100) == b"READY=1\nSTATUS=open"


@pytest.mark.parametrize("address", ["", "relative", "/nonexistent/notify", "@nobody-listens-there"])
def test_without_systemd_nothing_is_told_and_nothing_fails(address: str) -> None:
    assert not notify(STOPPING, environ={"NOTIFY_SOCKET": address} if address else {})


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "often"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
    ],
)
def test_the_watchdog_is_fed_twice_in_its_time_and_only_when_it_is_ours(
    environ: dict[str, str], seconds: float | None
) -> None:
    assert watchdog_interval(environ) == seconds


@pytest.mark.rule("F5")
def test_a_second_daemon_on_one_store_is_told_which_process_owns_it(tmp_path: Path) -> None:
    with StoreLock(tmp_path), pytest.raises(AlreadyRunning, match=str(os.getpid())):
        StoreLock(tmp_path)
    StoreLock(tmp_path).close()


def test_a_killed_owner_leaves_the_store_free(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, signal, sys\n"
        "from loftbox_cli.edge.system.lock import StoreLock\n"
        "lock = StoreLock(pathlib.Path(sys.argv[1]))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False).returncode == -9
    assert int((tmp_path / "loftbox.lock").read_text()) != os.getpid()
    StoreLock(tmp_path).close()


def test_a_lock_in_a_missing_folder_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match=r"loftbox\.lock"):
        StoreLock(tmp_path / "gone")


@pytest.mark.rule("F3")
@pytest.mark.parametrize(
    ("left", "low"),
    [
        (Room(free=511 << 20, size=4 * GIB), True),
        (Room(free=513 << 20, size=4 * GIB), False),
        (Room(free=4 * GIB, size=100 * GIB), True),
        (Room(free=6 * GIB, size=100 * GIB), False),
        (Room(free=9 * GIB, size=10_000 * GIB), True),
        (Room(free=11 * GIB, size=10_000 * GIB), False),
    ],
)
def test_accepting_stops_before_the_disk_is_full(left: Room, low: bool) -> None:
    assert left.low is low
    if low:
        with pytest.raises(DiskLow):
            check_room(left)
    else:
        check_room(left)


@pytest.mark.rule("F3")
def test_one_look_at_the_disk_serves_a_moment_and_a_low_one_is_looked_at_again_at_once() -> None:
    looks = [Room(free=0, size=GIB), Room(free=GIB, size=GIB), Room(free=0, size=GIB)]
    time = 1.0
    watch = RoomWatch(lambda: looks.pop(0), lambda: time)
    with pytest.raises(DiskLow):
        watch.check()
    for _ in range(1000):
        watch.check()
    assert len(looks) == 1
    time += LOOK_EVERY
    with pytest.raises(DiskLow):
        watch.check()


def test_the_room_on_a_disk_is_measured(tmp_path: Path) -> None:
    left = room(tmp_path)
    assert 0 <= left.free <= left.size


def test_the_first_certificate_gives_tls_without_tickets(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path, "mx.example.com", now=NOW)
    assert key.stat().st_mode & 0o777 == 0o600
    server = server_context(certificate, key)
    assert server.num_tickets == 0
    assert server.minimum_version == ssl.TLSVersion.TLSv1_2
    client = ssl.create_default_context(cafile=str(certificate))
    ours, theirs = ssl.MemoryBIO(), ssl.MemoryBIO()
    one = client.wrap_bio(ours, theirs, server_hostname="mx.example.com")
    two = server.wrap_bio(theirs, ours, server_side=True)
    done: set[ssl.SSLObject] = set()
    while len(done) < 2:
        for side in (one, two):
            try:
                side.do_handshake()
                done.add(side)
            except ssl.SSLWantReadError:
                continue
    assert one.version() == "TLSv1.3"


def test_an_existing_certificate_is_kept(tmp_path: Path) -> None:
    make_certificate(tmp_path, "mx.example.com", now=NOW)
    with pytest.raises(AlreadyExists):
        make_certificate(tmp_path, "mx.example.com", now=NOW)


def test_a_new_certificate_goes_into_a_living_context(tmp_path: Path) -> None:
    paths = make_certificate(tmp_path, "one.example.com", now=NOW)
    context = server_context(*paths)
    load_certificate(context, *make_certificate(tmp_path / "new", "two.example.com", now=NOW))


def test_a_certificate_of_another_key_is_refused_by_name(tmp_path: Path) -> None:
    certificate, _ = make_certificate(tmp_path, "mx.example.com", now=NOW)
    wrong = tmp_path / "wrong.key"
    wrong.write_bytes(self_signed("mx.example.com", now=NOW)[1])
    with pytest.raises(BadConfiguration, match=r"wrong\.key"):
        server_context(certificate, wrong)
    wrong.write_bytes(b"nothing")
    with pytest.raises(BadConfiguration, match=r"wrong\.key"):
        server_context(certificate, wrong)
    with pytest.raises(BadConfiguration, match=r"gone.*No such file"):
        server_context(certificate, tmp_path / "gone")


def test_a_store_of_another_user_names_the_command_to_run(tmp_path: Path) -> None:
    check_owner(tmp_path, user=current_user())
    check_owner(tmp_path / "not there yet", user=current_user())
    with pytest.raises(BadConfiguration) as caught:
        check_owner(tmp_path, user=54321)
    assert "and you are #54321" in caught.value.fact
    assert caught.value.fix.startswith("run: sudo -u ")


def test_the_daemon_may_open_as_many_files_as_the_system_lets_it() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MANY if hard == resource.RLIM_INFINITY else min(MANY, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most - 1, hard))
    try:
        allow_many_open_files()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (most, hard)
        allow_many_open_files()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (most, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
