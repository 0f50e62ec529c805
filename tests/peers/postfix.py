"""A real Postfix with a private configuration, queue and port.

It shares nothing with a Postfix of the machine: its configuration directory is
its own (master(8) -c), it listens on loopback only, asks no DNS, and delivers by
a table of domains. Its queue lies under a folder that its unprivileged daemons
may enter.
"""

import contextlib
import os
import select
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.peers.programs import PostfixPrograms

HOSTNAME = "postfix.test"

# Postfix wants an owner and a group that nothing else of its own uses; these two
# belong to every Debian (base-passwd) and to no program here.
OWNER, GROUP = "list", "irc"

# postfix-files(5) as far as a private queue needs it.
OWNED = (
    "active",
    "bounce",
    "corrupt",
    "defer",
    "deferred",
    "flush",
    "hold",
    "incoming",
    "private",
    "saved",
    "trace",
)
SHARED = ("maildrop", "public")
OF_ROOT = ("pid",)

SERVICES = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix  n - n 60   1 pickup
cleanup   unix  n - n -    0 cleanup
qmgr      unix  n - n 300  1 qmgr
tlsmgr    unix  - - n 1000 1 tlsmgr
rewrite   unix  - - n -    - trivial-rewrite
bounce    unix  - - n -    0 bounce
defer     unix  - - n -    0 bounce
trace     unix  - - n -    0 bounce
verify    unix  - - n -    1 verify
flush     unix  n - n 1000 0 flush
proxymap  unix  - - n -    - proxymap
smtp      unix  - - n -    - smtp
relay     unix  - - n -    - smtp
error     unix  - - n -    - error
retry     unix  - - n -    - error
discard   unix  - - n -    - discard
anvil     unix  - - n -    1 anvil
showq     unix  n - n -    - showq
scache    unix  - - n -    1 scache
postlog   unix-dgram n - n - 1 postlogd
hand      unix  - n n -    1 pipe
  user=nobody eol=\\r\\n argv=/bin/bash -c cat>/dev/tcp/127.0.0.1/${{nexthop}}
"""


@dataclass(frozen=True, slots=True)
class Postfix:
    """A Postfix that runs: where to speak to it, and what it wrote down."""

    programs: PostfixPrograms
    folder: Path
    port: int

    @property
    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def pid(self) -> int:
        """The process of master(8), over all others."""
        return int((self.folder / "queue/pid/master.pid").read_text())

    def command(self, name: str, *arguments: str) -> str:
        """Run one of Postfix's own commands on this instance."""
        done = subprocess.run(
            [self.programs.commands / name, "-c", self.folder / "etc", *arguments],
            env=self.programs.environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
        return done.stdout


@contextlib.contextmanager
def running_postfix(
    programs: PostfixPrograms,
    folder: Path,
    *,
    routes: Mapping[str, str],
    tls: Path | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Postfix]:
    """Run Postfix as long as the context lasts.

    `routes` names a transport for each domain that it takes mail for, as
    transport(5) writes it: `smtp:[127.0.0.1]:2525`, `discard:`, `hand:PORT` (the
    message, with CRLF, down a TCP connection). `tls` is a PEM file with a key and
    its certificate.
    """
    postfix = Postfix(programs, folder, free_port())
    write_configuration(postfix, routes, tls, settings or {})
    make_queue(folder)
    master = programs.daemons / "master"
    # -w comes back once the daemon listens, or with its fatal word in the log.
    started = subprocess.run(
        [master, "-c", folder / "etc", "-w"],
        env=programs.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    if started.returncode != 0:
        raise RuntimeError(f"Postfix did not start:\n{started.stderr}{postfix.log}")
    try:
        yield postfix
    finally:
        stop(postfix.pid)


def free_port() -> int:
    """Find a port; Postfix has no way to choose one and say which."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def write_configuration(
    postfix: Postfix, routes: Mapping[str, str], tls: Path | None, settings: Mapping[str, str]
) -> None:
    """Write main.cf and master.cf of one instance."""
    folder, programs = postfix.folder, postfix.programs
    transports = " ".join(f"{{{domain} = {route}}}" for domain, route in routes.items())
    main = {
        "compatibility_level": "3.7",
        "queue_directory": f"{folder}/queue",
        "data_directory": f"{folder}/data",
        "daemon_directory": f"{programs.daemons}",
        "command_directory": f"{programs.commands}",
        "shlib_directory": f"{programs.libraries}",
        "meta_directory": f"{folder}/etc",
        "maillog_file": f"{folder}/log",
        "maillog_file_prefixes": f"{folder}",
        "mail_owner": OWNER,
        "setgid_group": GROUP,
        "import_environment": "MAIL_CONFIG TZ LANG=C POSTLOG_SERVICE POSTLOG_HOSTNAME LD_LIBRARY_PATH",
        "myhostname": HOSTNAME,
        "mydestination": "",
        "inet_interfaces": "127.0.0.1",
        "inet_protocols": "ipv4",
        "mynetworks": "127.0.0.0/8",
        "smtp_dns_support_level": "disabled",
        "smtpd_peername_lookup": "no",
        "alias_maps": "",
        "alias_database": "",
        "local_recipient_maps": "",
        "biff": "no",
        # It takes mail for these domains from anyone, and for no other; transport_maps says where to.
        "relay_domains": " ".join(routes),
        "smtpd_relay_restrictions": "reject_unauth_destination",
        "transport_maps": f"inline:{{ {transports} }}",
        "smtp_tls_security_level": "may",
        "smtpd_tls_security_level": "may" if tls else "none",
        "smtpd_tls_chain_files": f"{tls or ''}",
        "smtp_tls_loglevel": "1",
        # A deferred message comes again within a second or two.
        "queue_run_delay": "1s",
        "minimal_backoff_time": "1s",
        "maximal_backoff_time": "1s",
        **settings,
    }
    etc = folder / "etc"
    etc.mkdir()
    (etc / "main.cf").write_text("".join(f"{name} = {value}\n" for name, value in main.items()))
    # Postfix waits until main.cf has not changed for a while, in case an editor is at work.
    os.utime(etc / "main.cf", (0, 0))
    (etc / "master.cf").write_text(SERVICES.format(port=postfix.port))


def make_queue(folder: Path) -> None:
    """Make the queue directories with the owners that the daemons check for."""
    folder.chmod(0o755)
    queue, data = folder / "queue", folder / "data"
    for name in (*OWNED, *SHARED, *OF_ROOT):
        (queue / name).mkdir(parents=True, mode=0o700)
    data.mkdir(mode=0o700)
    shutil.chown(data, OWNER)
    for name in OWNED:
        shutil.chown(queue / name, OWNER)
    for name, mode in (("maildrop", 0o730), ("public", 0o710)):
        shutil.chown(queue / name, OWNER, GROUP)
        (queue / name).chmod(mode)
    (queue / "pid").chmod(0o755)


def stop(pid: int) -> None:
    """End master(8), which ends its daemons, and wait until it is gone."""
    with contextlib.suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        try:
            signal.pidfd_send_signal(handle, signal.SIGTERM)
            if not select.select([handle], [], [], 10)[0]:
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        finally:
            os.close(handle)
