"""A real Exim in a jail of its own, which asks no DNS and relays by a table of domains."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.peers import jail
from tests.peers.postfix import free_port
from tests.peers.sender import LARGEST, Sender

HOSTNAME = "exim.test"
LOG = "var/log/exim4/mainlog"

SETTINGS = """\
primary_hostname = {hostname}
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
disable_ipv6 = true
host_lookup =
rfc1413_query_timeout = 0s
{tls}
smtputf8_advertise_hosts = *
message_size_limit = {largest}
# "L" in the log says that a delivery was pipelined.
log_selector = +pipelining
keep_environment =
acl_smtp_rcpt = {welcome}

begin routers

{routers}
begin transports

out:
  driver = smtp
  # No name of a port is looked up; the routes say which.
  port = 25
  allow_localhost = true
  hosts_try_dane =

begin retry

# A deferred message comes again within a second or two.
* * F,1h,1s
{authenticators}"""

TLS = "tls_advertise_hosts = *\ntls_certificate = /etc/exim4/pair.pem\ntls_privatekey = /etc/exim4/pair.pem"
NO_TLS = "tls_advertise_hosts ="

# Over TLS only; who has not logged in may not relay.
LOGIN_FIRST = "${{if def:authenticated_id {{accept}}{{deny}}}}"
AUTHENTICATORS = """
begin authenticators

login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if and{{{{eq{{$auth1}}{{{user}}}}}{{eq{{$auth2}}{{{password}}}}}}}}}
  server_set_id = $auth1
  server_advertise_condition = ${{if def:tls_in_cipher}}
"""

ROUTER = """\
route{number}:
  driver = manualroute
  domains = {domain}
  transport = out
  route_list = * 127.0.0.1::{port}
  self = send

"""


@contextlib.contextmanager
def running_exim(
    program: Path,
    folder: Path,
    routes: Mapping[str, int],
    *,
    tls: Path | None = None,
    login: tuple[str, str] | None = None,
) -> Iterator[Sender]:
    """Run Exim as long as the context lasts; it relays each domain to its port on loopback.

    `tls` is a PEM file with a key and its certificate. With `login` it relays only for
    that user with that password.
    """
    jail.make_jail(
        folder,
        {"/usr/sbin/exim4": program},
        users=["Debian-exim", "mail"],
        folders=["etc/exim4", "run/exim4", "var/log/exim4", "var/spool/exim4"],
    )
    for owned in ("run/exim4", "var/log/exim4", "var/spool/exim4"):
        (folder / owned).chmod(0o770)
        jail.give(folder, owned, "Debian-exim")
    # It takes mail as its own user, and becomes root again to deliver it.
    (folder / "usr/sbin/exim4").chmod(0o4755)
    port = free_port()
    routers = (
        ROUTER.format(number=number, domain=domain, port=out)
        for number, (domain, out) in enumerate(routes.items())
    )
    if tls is not None:
        (folder / "etc/exim4/pair.pem").write_bytes(tls.read_bytes())
        jail.give(folder, "etc/exim4/pair.pem", "Debian-exim")
    user, password = login or ("", "")
    settings = SETTINGS.format(
        hostname=HOSTNAME,
        port=port,
        largest=LARGEST,
        tls=TLS if tls else NO_TLS,
        welcome=LOGIN_FIRST.format() if login else "accept",
        authenticators=AUTHENTICATORS.format(user=user, password=password) if login else "",
        routers="".join(routers),
    )
    (folder / "etc/exim4/exim4.conf").write_text(settings)
    said = folder / "said"
    server = jail.start(folder, ["/usr/sbin/exim4", "-bdf", "-q1s"], said)
    try:
        jail.wait_for_port(server, port, said)
        yield Sender(HOSTNAME, port, [said, folder / LOG])
    finally:
        jail.stop(server)
