"""The server that takes all mail of a domain, and what has to be so before it gets any.

    smtps://user@host          TLS from the first octet, port 465 (RFC 8314 section 3.3)
    smtp+tls://user@host       STARTTLS or nothing, port 587 (RFC 6409, RFC 3207)
    smtp://host                a server of this machine or a private network, port 25

The first two check the certificate. The third takes TLS where it is offered; it
carries no login, and beyond a private network it is treated as the second.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from typing import NoReturn
from urllib.parse import quote, unquote, urlsplit

from loftbox_cli.core.errors import BadInput

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}$)({_LABEL}\.)*{_LABEL}")
LONGEST_LOGIN = 255  # octets of a user name or a password (RFC 4616 section 2)


class Security(StrEnum):
    """How the session is made private; the words are the schemes of the URL."""

    IMPLICIT = "smtps"
    STARTTLS = "smtp+tls"
    LOCAL = "smtp"


PORTS = {Security.IMPLICIT: 465, Security.STARTTLS: 587, Security.LOCAL: 25}

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


@dataclass(frozen=True, slots=True)
class Smarthost:
    """One server for all mail. `user` is "" where it asks for no login."""

    host: str
    port: int
    security: Security = Security.LOCAL
    user: str = ""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        user = f"{quote(self.user, safe='@')}@" if self.user else ""
        return f"{self.security}://{user}{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Login:
    """Who we are to a smarthost. The password is never shown."""

    user: str
    password: str

    def __repr__(self) -> str:
        return f"Login({self.user!r})"


def parse_smarthost(text: str, *, field: str = "smarthost") -> Smarthost:
    """Read the URL of a smarthost, or "host:port" for a server of ours; raises BadInput."""
    url = text if "://" in text else f"smtp://{text}"
    if "://" not in text and not re.search(r":\d+$", text):
        _refuse(text, "it names no port", field)
    try:
        parts = urlsplit(url)
        port = parts.port
        security = Security(parts.scheme)
        host = _known_host((parts.hostname or "").removesuffix("."))
    except ValueError:
        _refuse(text, "it is no URL of a mail server", field)
    if parts.password is not None:
        raise BadInput(
            "a password in the URL of a smarthost would be shown",
            fix="leave it out of the URL, and give it in a file",
            field=field,
        )
    if parts.path.strip("/") or parts.query or parts.fragment or port == 0:
        _refuse(text, "it is no URL of a mail server", field)
    user = unquote(parts.username or "")
    if not user.isprintable() or len(user.encode()) > LONGEST_LOGIN:
        _refuse(text, "its user name cannot be sent", field)
    if user and security is Security.LOCAL:
        _refuse(text, "a login goes over TLS only", field)
    return Smarthost(host, port or PORTS[security], security, user)


def without_password(text: str) -> str:
    """Write a URL as it may be shown: what stands between a user's name and the host is left out."""
    login, at, host = text.rpartition("@")
    if not at:
        return text
    # A password may hold any sign: the host begins after the last @, the user's name after a scheme.
    scheme = _SCHEME.match(login)
    start = scheme.end() if scheme else 0
    user, colon, _ = login[start:].partition(":")
    return f"{login[:start]}{user}{':…' if colon else ''}@{host}"


def check_password(password: str, *, field: str = "password") -> str:
    """Take a password that SMTP can carry; raises BadInput, which does not repeat it."""
    # RFC 4616 section 2: at least one octet, no NUL.
    if not password or "\0" in password or len(password.encode()) > LONGEST_LOGIN:
        raise BadInput(
            "that is no password of a smarthost",
            fix=f"one line of 1 to {LONGEST_LOGIN} octets",
            field=field,
        )
    return password


def _known_host(host: str) -> str:
    if _HOST.fullmatch(host) and not host.rsplit(".", 1)[-1].isdecimal():
        return host
    return str(ip_address(host))


def _refuse(text: str, why: str, field: str) -> NoReturn:
    raise BadInput(
        f"{without_password(text)} cannot be a smarthost: {why}",
        fix="write smtps://user@host, smtp+tls://user@host:587, or host:port for a server of your own",
        field=field,
    )
