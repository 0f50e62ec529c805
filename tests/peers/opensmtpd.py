"""A real OpenSMTPD in a jail of its own, which asks no DNS and relays by a table of domains.

Debian 12 has 6.8.0p2, which was made for OpenSSL 1.1: with OpenSSL 3 it offers STARTTLS,
and every handshake ends with "missing private key" (issue 1171 of its project, mended in
7.3). As a peer it is one of those whose TLS is offered and broken.
"""

import contextlib
import functools
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.peers import jail
from tests.peers.postfix import free_port
from tests.peers.sender import LARGEST, Sender

HOSTNAME = "opensmtpd.test"
QUEUE = "var/spool/smtpd"
PAIR = "etc/pair.pem"


@contextlib.contextmanager
def running_opensmtpd(
    program: Path, control: Path, folder: Path, routes: Mapping[str, int], *, tls: Path | None = None
) -> Iterator[Sender]:
    """Run OpenSMTPD as long as the context lasts; it relays each domain to its port on loopback.

    `tls` is a PEM file with a key and its certificate.
    """
    jail.make_jail(
        folder,
        {"/usr/sbin/smtpd": program, "/usr/sbin/smtpctl": control},
        users=["opensmtpd", "opensmtpq"],
        folders=["var/lib/opensmtpd/empty", "var/run", QUEUE],
    )
    (folder / QUEUE).chmod(0o711)
    port = free_port()
    lines = [f"smtp max-message-size {LARGEST}"]
    listen = f"listen on 127.0.0.1 port {port} hostname {HOSTNAME}"
    if tls is not None:
        shutil.copy(tls, folder / PAIR)
        (folder / PAIR).chmod(0o600)
        lines += [f'pki {HOSTNAME} {half} "/{PAIR}"' for half in ("cert", "key")]
        listen += f" tls pki {HOSTNAME}"
    lines.append(listen)
    for domain, out in routes.items():
        lines.append(f'action "{domain}" relay host "smtp://127.0.0.1:{out}" helo {HOSTNAME}')
        lines.append(f'match from any for domain "{domain}" action "{domain}"')
    (folder / "etc/smtpd.conf").write_text("".join(f"{line}\n" for line in lines))
    said = folder / "said"
    server = jail.start(folder, ["/usr/sbin/smtpd", "-d"], said)
    try:
        jail.wait_for_port(server, port, said)
        yield Sender(HOSTNAME, port, [said], again=functools.partial(run_queue, folder))
    finally:
        jail.stop(server)


def run_queue(folder: Path) -> None:
    """Bring what was deferred again now; by itself OpenSMTPD waits for minutes."""
    while "|inflight|" in smtpctl(folder, "show", "queue"):
        pass  # what is on its way cannot be scheduled
    smtpctl(folder, "schedule", "all")


def smtpctl(folder: Path, *words: str) -> str:
    """Speak to the server; only its queue's group may."""
    done = subprocess.run(
        ["/usr/sbin/chroot", "--userspec=root:opensmtpq", folder, "/usr/sbin/smtpctl", *words],
        check=True,
        capture_output=True,
        text=True,
        env={},
    )
    return done.stdout
