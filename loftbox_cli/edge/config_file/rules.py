"""What settings must hold together, beyond each one's kind."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from loftbox_cli.edge.config_file.settings import Settings


@dataclass(frozen=True, slots=True)
class Broken:
    """One rule that is broken, told at the setting that would mend it."""

    key: str
    fact: str
    fix: str


def broken_rules(settings: Settings) -> Iterator[Broken]:
    """Judge the whole."""
    for name, door in (("smtp", settings.smtp), ("http", settings.http)):
        if (door.tls_certificate is None) != (door.tls_key is None):
            missing = "tls_key" if door.tls_key is None else "tls_certificate"
            given = "tls_certificate" if door.tls_key is None else "tls_key"
            yield Broken(f"{name}.{given}", f"stands without {name}.{missing}", "name both files, or neither")
    http = settings.http
    if not (_loopback(http.host) or http.tls_certificate or http.trusted_proxies):
        yield Broken(
            "http.host",
            f"opens the API to the network without TLS ({http.host or 'every address'})",
            "name http.tls_certificate and http.tls_key, or the proxy before us in http.trusted_proxies",
        )
    if settings.limits.smtp_memory < 2 * settings.smtp.max_size:
        yield Broken(
            "limits.smtp_memory",
            "has no room for two messages of smtp.max_size",
            "make it larger, or smtp.max_size smaller",
        )
    hop, file = settings.delivery.next_hop, settings.delivery.next_hop_password_file
    if file is not None and not (hop is not None and hop.user):
        yield Broken(
            "delivery.next_hop_password_file",
            "is for a user that delivery.next_hop does not name",
            "write the user into the URL: smtp+tls://user@host",
        )
    if settings.delivery.give_up_after < settings.delivery.retry[0]:
        yield Broken(
            "delivery.give_up_after",
            "ends before the first retry",
            "make it longer than the first wait in delivery.retry",
        )


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
