"""What a webhook URL may look like, judged once and by one parser.

The value that comes out is what is dialed, so that no second reading of the text
(RFC 3986 here, the URL standard of browsers there) can find another host in it.
Whether the host's addresses may be reached is another question, and is asked when
they are known: see `core/target.py`.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

import idna

from loftbox_cli.core.errors import BadInput

LONGEST = 2048
LONGEST_HOST = 253  # RFC 1035 section 2.3.4, in characters and without the last dot
DEFAULT_PORTS = {"http": 80, "https": 443}

# RFC 3986 appendix A. The authority is taken apart below; a fragment never reaches a server.
_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)"
    r"(?P<target>(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?"
    r"(?:\?(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?)"
)
_AUTHORITY = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<host>[^\[\]:@]+))(?::(?P<port>[0-9]{1,5}))?")
# The URL standard reads a host whose last label is a number as an IPv4 address in some base.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class WebhookUrl:
    """A URL that may be posted to.

    `host` is an A-label name in lower case without the last dot, or an address in its
    normal form without brackets. `target` is the path with the query, never empty.
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def address(self) -> str:
        """The host when it is an IP address, else ""."""
        return self.host if ":" in self.host or self.host.replace(".", "").isdigit() else ""

    @property
    def authority(self) -> str:
        """What the Host field says (RFC 9110 section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def judge(url: str) -> WebhookUrl:
    """Read a URL that wants events; raises BadInput with the field `url`."""
    if len(url) > LONGEST:
        raise _bad(f"longer than {LONGEST} characters", fix="shorten it")
    parts = _URL.fullmatch(url)
    if parts is None:
        raise _unreadable(url)
    scheme = parts["scheme"].lower()
    if scheme not in DEFAULT_PORTS:
        raise _bad(f"the scheme is {scheme}, not https")
    if "@" in parts["authority"]:
        raise _bad("a user name or password stands before the host", fix="webhooks are signed: leave it out")
    authority = _AUTHORITY.fullmatch(parts["authority"])
    if authority is None:
        raise _bad("no host, or one that cannot be read")
    judged = WebhookUrl(
        scheme=scheme,
        host=_v6(authority["v6"]) if authority["v6"] else _host(authority["host"]),
        port=_port(authority["port"], DEFAULT_PORTS[scheme]),
        target=parts["target"] if parts["target"].startswith("/") else "/" + parts["target"],
    )
    if scheme == "http" and not _is_loopback(judged):
        raise _bad("not https, and the host is not this machine", fix="use https")
    return judged


def means_this_machine(host: str) -> bool:
    """Say whether a name is this machine by definition (RFC 6761 section 6.3)."""
    return host == "localhost" or host.endswith(".localhost")


def _is_loopback(url: WebhookUrl) -> bool:
    return means_this_machine(url.host) or (url.address != "" and ip_address(url.address).is_loopback)


def _v6(text: str) -> str:
    try:
        return str(IPv6Address(text))
    except ValueError:
        raise _bad(
            "what stands in brackets is not an IPv6 address", fix="write it as [2001:db8::1]"
        ) from None


def _host(text: str) -> str:
    if len(text) > LONGEST_HOST + 1:
        raise _bad(f"the host is longer than {LONGEST_HOST} characters", fix="shorten it")
    try:
        # UTS 46 folds case and the other dots before the labels are checked by IDNA 2008.
        host = idna.encode(text, uts46=True, std3_rules=True).decode().lower().removesuffix(".")
    except idna.IDNAError as error:
        raise _bad(f"the host is not a name: {error}") from None
    if _NUMBER.fullmatch(host.rpartition(".")[2]) is None:
        return host
    try:
        return str(IPv4Address(text))
    except ValueError:
        raise _bad(
            "the host is a number, and not an IPv4 address",
            fix="write it as 192.0.2.1, without zeros in front",
        ) from None


def _port(text: str | None, default: int) -> int:
    if text is None:
        return default
    port = int(text)
    # Below 1024 other protocols are at home, and some of them would take an HTTP request for commands.
    if not 0 < port < 65536 or (port < 1024 and port not in DEFAULT_PORTS.values()):
        raise _bad(f"port {port} is not for the web", fix="use 443, or a port from 1024 to 65535")
    return port


def _unreadable(url: str) -> BadInput:
    if "#" in url:
        return _bad("a fragment (#) never reaches a server", fix="leave it out")
    if "://" not in url:
        return _bad("not an absolute URL")
    return _bad("a character that a URL may not hold", fix="percent-encode it")


def _bad(why: str, *, fix: str = "write it as https://host/path") -> BadInput:
    # The URL itself stays out: its query may be a secret.
    return BadInput(f"webhook URL refused: {why}", fix=fix, field="url")
