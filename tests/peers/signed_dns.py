"""A signed zone served by a real nsd, and a real unbound that validates it.

Both listen on loopback only, and neither asks anybody else. `dane.test` is signed by
a key that unbound trusts; `plain.test` is not signed.
"""

import contextlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import dns.dnssec
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec
from dns.dnssectypes import Algorithm

from tests.peers import jail
from tests.peers.postfix import free_port
from tests.peers.programs import wanted_root

TTL = 60
KEY_SIGNING = 257  # flags of a key that signs keys too (RFC 4034 section 2.1.1)

NSD = """\
server:
  ip-address: 127.0.0.1@{port}
  port: {port}
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "{folder}"
  database: ""
  pidfile: "{folder}/nsd.pid"
  xfrdfile: "{folder}/xfrd.state"
  xfrdir: "{folder}"
  zonelistfile: "{folder}/zone.list"
  cookie-secret-file: "{folder}/cookies"
remote-control:
  control-enable: no
zone:
  name: dane.test
  zonefile: dane.zone
zone:
  name: plain.test
  zonefile: plain.zone
"""

UNBOUND = """\
server:
  interface: 127.0.0.1@{port}
  port: {port}
  num-threads: 1
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: "{folder}/unbound.pid"
  use-syslog: no
  do-ip6: no
  module-config: "validator iterator"
  do-not-query-localhost: no
  local-zone: "test." nodefault
  trust-anchor-file: "{folder}/trusted.key"
remote-control:
  control-enable: no
stub-zone:
  name: dane.test
  stub-addr: 127.0.0.1@{nsd}
stub-zone:
  name: plain.test
  stub-addr: 127.0.0.1@{nsd}
"""

APEX = "@ SOA ns hostmaster 1 60 60 600 60\n@ NS ns\nns A 127.0.0.1\n"


@contextlib.contextmanager
def signed_dns(folder: Path, records: str, *, forged: str = "") -> Iterator[str]:
    """Serve `records` in both zones as long as the context lasts; gives "address:port" of unbound.

    The signature of the TLSA record at the name `forged` is spoilt.
    """
    nsd = wanted_root("nsd", "usr/sbin/nsd") / "usr/sbin/nsd"
    unbound = wanted_root("unbound", "usr/sbin/unbound") / "usr/sbin/unbound"
    below, port = free_port(), free_port()
    write_zones(folder, records, forged)
    (folder / "nsd.conf").write_text(NSD.format(port=below, folder=folder))
    (folder / "unbound.conf").write_text(UNBOUND.format(port=port, nsd=below, folder=folder))
    with running(nsd, folder, below), running(unbound, folder, port):
        yield f"127.0.0.1:{port}"


def write_zones(folder: Path, records: str, forged: str) -> None:
    """Write both zone files, and the key that unbound is to trust."""
    text = f"$TTL {TTL}\n{APEX}{records}"
    (folder / "plain.zone").write_text(f"$ORIGIN plain.test.\n{text}")
    key = ec.generate_private_key(ec.SECP256R1())
    published = dns.dnssec.make_dnskey(key.public_key(), Algorithm.ECDSAP256SHA256, flags=KEY_SIGNING)
    zone = dns.zone.from_text(text, "dane.test.")
    with zone.writer() as changing:
        dns.dnssec.sign_zone(zone, changing, keys=[(key, published)], lifetime=86_400, add_dnskey=True)
    signed = zone.to_text(want_origin=True)
    if forged:
        signed = re.sub(rf"({re.escape(forged)} \d+ IN TLSA 3 1 1 )..", r"\g<1>ff", signed)
    (folder / "dane.zone").write_text(signed)
    (folder / "trusted.key").write_text(f"dane.test. IN DNSKEY {published.to_text()}\n")


@contextlib.contextmanager
def running(program: Path, folder: Path, port: int) -> Iterator[None]:
    """Run one of the servers."""
    log = folder / f"{program.name}.log"
    with log.open("wb") as said:
        server = subprocess.Popen(
            [program, "-d", "-c", folder / f"{program.name}.conf"],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
    try:
        jail.wait_for_port(server, port, log)
        yield
    finally:
        jail.stop(server)
