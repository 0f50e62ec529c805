"""What is judged about the daemon and its doors: is it there, does it answer, who may come in.

A mail server that does not check certificates takes any (RFC 7435), so a self-signed
one is told and is no fault; one that ran out, or is for another name, is a reason to
look, because DANE and MTA-STS do check.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from loftbox_cli.core.doctor.check import Check, Health
from loftbox_cli.core.events import spell_time

ENDS_SOON = timedelta(days=14)
RESTART = "look at its log: journalctl -u loftbox"


@dataclass(frozen=True, slots=True)
class Heard:
    """What a door said. `words` is its first line; `fault` says what went wrong, "" for nothing."""

    where: str
    words: str = ""
    tls: str = ""
    certificate: bytes = b""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Certificate:
    """The facts of a certificate. `octets` is its DER form, `key_sha256` what DANE names its key by."""

    names: tuple[str, ...]
    begins: datetime
    ends: datetime
    self_signed: bool
    octets: bytes
    key_sha256: str = ""


def judge_daemon(*, runs: bool, process: int | None, since: datetime | None) -> Check:
    """Judge whether a daemon serves the store. One that only starts has not noted its process yet."""
    if not runs:
        return Check(
            "gateway",
            Health.WARNING,
            "the gateway does not run: nothing is received or sent",
            "loftbox serve",
        )
    if process is None or since is None:
        return Check(
            "gateway", Health.UNKNOWN, "the gateway is starting or stopping", "look again in a moment"
        )
    return Check("gateway", Health.OK, f"the gateway runs as process {process} since {spell_time(since)}")


def not_tried(name: str) -> Check:
    """Tell that there is no door to knock at."""
    return Check(name, Health.UNKNOWN, "not tried: the gateway does not run")


def judge_smtp(heard: Heard) -> Check:
    """Judge the door for mail by its greeting and its STARTTLS."""
    if heard.fault:
        return Check("smtp", Health.WRONG, f"the door for mail at {heard.where}: {heard.fault}", RESTART)
    if not heard.tls:
        return Check(
            "smtp",
            Health.WARNING,
            f"the door for mail at {heard.where} answers, and offers no TLS",
            "name smtp.tls_certificate and smtp.tls_key, and restart the gateway",
        )
    return Check("smtp", Health.OK, f"the door for mail at {heard.where} answers, with {heard.tls}")


def judge_http(heard: Heard) -> Check:
    """Judge the door of the API by its answer."""
    if heard.fault:
        return Check("http", Health.WRONG, f"the API at {heard.where}: {heard.fault}", RESTART)
    return Check("http", Health.OK, f"the API at {heard.where} answers{', with TLS' if heard.tls else ''}")


def judge_exposure(host: str, *, tls: bool, proxies: tuple[str, ...]) -> Check:
    """Judge who may reach the API: keys must not cross a network in the clear."""
    if _only_here(host):
        return Check("exposure", Health.OK, f"the API is open to this machine only ({host})")
    place = host or "every address"
    if tls:
        return Check("exposure", Health.OK, f"the API is open to the network ({place}), by TLS")
    anyone = [each for each in proxies if ip_network(each).prefixlen == 0]
    if proxies and not anyone:
        return Check("exposure", Health.OK, f"the API ({place}) is open to {', '.join(proxies)} only")
    return Check(
        "exposure",
        Health.WRONG,
        f"the API is open to the network without TLS ({place})",
        "set http.host to 127.0.0.1, or name http.tls_certificate and http.tls_key",
    )


def judge_certificate(name: str, found: Certificate, *, hostname: str, served: bytes, now: datetime) -> Check:
    """Judge the certificate that the settings name; `served` is what the door shows, b"" if not seen."""
    kind = "self-signed, " if found.self_signed else ""
    until = f"{kind}valid until {spell_time(found.ends)}"
    renew = "renew it, then: systemctl reload loftbox"
    if now >= found.ends:
        return Check(name, Health.WRONG, f"the certificate ran out on {spell_time(found.ends)}", renew)
    if now < found.begins:
        return Check(
            name, Health.WRONG, f"the certificate begins on {spell_time(found.begins)}", "look at the clock"
        )
    if served and served != found.octets:
        return Check(
            name,
            Health.WARNING,
            "the door shows another certificate than the one in its file",
            "systemctl reload loftbox, or send it SIGHUP",
        )
    if found.ends - now < ENDS_SOON:
        return Check(name, Health.WARNING, f"the certificate is {until}", renew)
    if not any(_covers(each, hostname) for each in found.names):
        return Check(
            name,
            Health.WARNING,
            f"the certificate is for {', '.join(found.names) or 'no name'}, and not for {hostname or 'us'}",
            "get one for [gateway] hostname",
        )
    return Check(name, Health.OK, f"the certificate is {until}")


def _covers(name: str, hostname: str) -> bool:
    """RFC 9525 section 6.3: a wildcard stands for exactly one label."""
    name, hostname = name.lower(), hostname.lower()
    if name.startswith("*."):
        return "." in hostname and name[2:] == hostname.partition(".")[2]
    return name == hostname


def _only_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
