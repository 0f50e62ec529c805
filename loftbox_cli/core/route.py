"""Which hosts take the mail of a domain, and in which order (RFC 5321 section 5.1).

The domain's own address stands in for an MX only when DNS said that there is
none. A server that failed or stayed silent has not said so.
"""

from collections.abc import Callable
from dataclasses import dataclass

from loftbox_cli.core.dns import DnsAnswer, Found, NoRecord, NoSuchName, Unanswered
from loftbox_cli.core.ip_family import IpFamily, chosen
from loftbox_cli.core.report import Reply

# Providers that give each customer host names of its own, or take turns among many:
# what they count against a sender, they count for all of these together.
PROVIDERS = (
    "google.com",
    "googlemail.com",
    "mail.protection.outlook.com",
    "mx.microsoft",
    "olc.protection.outlook.com",
    "yahoodns.net",
    "mimecast.com",
    "pphosted.com",
    "ppe-hosted.com",
    "messagelabs.com",
    "iphmx.com",
    "mail.icloud.com",
    "mx.cloudflare.net",
    "zoho.com",
    "secureserver.net",
)
MOST_HOSTS = 10
MOST_ADDRESSES = 5  # of one host; a name with a hundred must not hold an attempt for an hour


@dataclass(frozen=True, slots=True)
class Hosts:
    """The hosts to try, best first. `implicit` means that the domain has no MX record."""

    names: tuple[str, ...]
    implicit: bool = False


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of one host, in the order to dial them."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoRoute:
    """There is nowhere to go. `verdict` is the reply that the standards assign when that is final."""

    fault: str
    verdict: Reply | None = None


def hosts(domain: str, answer: DnsAnswer, *, draw: Callable[[], float], own: str = "") -> Hosts | NoRoute:
    """Order the hosts of `domain` from the answer to its MX question.

    `draw` gives a number from 0 to 1 for each host, which spreads the load over
    those of equal preference. `own` is our own host name: it and everything
    behind it would bring the mail back to us.
    """
    match answer:
        case Unanswered(reason=reason):
            return NoRoute(f"DNS did not answer for the MX of {domain}: {reason}")
        case NoSuchName():
            return _final(550, "5.1.2", f"the domain {domain} does not exist")
        case NoRecord():
            return Hosts((domain,), implicit=True)
        case Found(values=values):
            return _ordered(domain, [_exchanger(value) for value in values], draw, own)


def site_of(hosts: Hosts | NoRoute) -> str:
    """Name the group of servers behind `hosts`, the same for every domain that they serve.

    What is learnt of a site, such as how many sessions it bears, holds for all its
    domains. "" means that nothing is known of where the mail goes.
    """
    if isinstance(hosts, NoRoute):
        return ""
    for provider in PROVIDERS:
        if all(name == provider or name.endswith(f".{provider}") for name in hosts.names):
            return provider
    return ",".join(sorted(hosts.names))


def addresses(
    host: str,
    a: DnsAnswer,
    aaaa: DnsAnswer,
    *,
    implicit: bool,
    family: IpFamily = IpFamily.AUTO,
    backed: bool = True,
) -> Addresses | NoRoute:
    """Put the addresses of `host` in order from the answers to its A and AAAA questions.

    IPv4 comes first: receivers ask more of a sender on IPv6, and the next address is
    tried only when this one does not connect. `backed` says whether DNS backs us there.
    """
    found = [value for answer in (a, aaaa) if isinstance(answer, Found) for value in answer.values]
    picked = chosen(found, family, backed=backed)
    if picked:
        return Addresses(tuple(dict.fromkeys(picked))[:MOST_ADDRESSES])
    for answer in (a, aaaa):
        if isinstance(answer, Unanswered):
            return NoRoute(f"DNS did not answer for the address of {host}: {answer.reason}")
    if found:
        return NoRoute(f"{host} has no address of the family that delivery.ip_family asks for")
    if implicit:
        return _final(550, "5.1.2", f"the domain {host} has no mail server: neither MX nor address")
    return NoRoute(f"the mail server {host} has no address")


def _exchanger(value: str) -> tuple[int, str]:
    preference, _, host = value.partition(" ")
    return int(preference), host.rstrip(".")


def _ordered(
    domain: str, exchangers: list[tuple[int, str]], draw: Callable[[], float], own: str
) -> Hosts | NoRoute:
    named = [(preference, host) for preference, host in exchangers if host]
    if not named:
        # RFC 7505 3: "0 ." is a domain's word that it takes no mail at all, and 4 gives the code.
        return _final(556, "5.1.10", f"the domain {domain} accepts no mail: it publishes a null MX")
    # RFC 5321 5.1: a host that finds itself in the list drops itself and all that are not preferred to it.
    loop = min((preference for preference, host in named if own and host == own), default=None)
    ahead = [(p, draw(), host) for p, host in named if loop is None or p < loop]
    if not ahead:
        return _final(554, "5.4.6", f"the mail of {domain} comes back to this gateway: its MX is {own}")
    return Hosts(tuple(dict.fromkeys(host for _, _, host in sorted(ahead)))[:MOST_HOSTS])


def _final(code: int, enhanced: str, fact: str) -> NoRoute:
    return NoRoute(fact, Reply(code, enhanced, fact))
