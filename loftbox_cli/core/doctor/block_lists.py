"""What is judged about block lists: DNS zones that say which addresses send spam (RFC 5782).

An address is listed by an A record in 127.0.0.0/8. Lists also answer there when they
will not answer: 127.255.255.0/24 for a resolver that asks too much or is a public
one, and 127.0.0.1, which no list may hold. Who takes those for a listing worries for
nothing, and a list that is silent says nothing.
"""

from ipaddress import IPv4Network, ip_address, ip_network

from loftbox_cli.core.dns import DnsAnswer, Found, Unanswered
from loftbox_cli.core.doctor.check import Check, Health

_LISTED = ip_network("127.0.0.0/8")
_ERRORS: tuple[IPv4Network, ...] = (IPv4Network("127.255.255.0/24"), IPv4Network("127.0.0.1/32"))


def list_name(address: str, block_list: str) -> str:
    """The name to ask a list for (RFC 5782 sections 2.1 and 2.4): the address from its end."""
    given = ip_address(address)
    parts = str(given).split(".") if given.version == 4 else given.exploded.replace(":", "")
    return f"{'.'.join(reversed(parts))}.{block_list}"


def judge_listing(address: str, block_list: str, answer: DnsAnswer) -> Check:
    """Judge what one list said about one address."""
    name = f"block list {block_list}"
    if isinstance(answer, Unanswered):
        return Check(name, Health.UNKNOWN, f"{block_list} did not answer for {address}: {answer.reason}")
    if not isinstance(answer, Found):
        return Check(name, Health.OK, f"{block_list} does not list {address}")
    errors = [value for value in answer.values if not _is_listing(value)]
    codes = ", ".join(answer.values)
    if errors:
        return Check(
            name,
            Health.UNKNOWN,
            f"{block_list} did not want to answer ({codes}), which says nothing of {address}",
            "ask through a resolver of your own: such lists refuse public ones (dns.servers)",
        )
    return Check(
        name,
        Health.WRONG,
        f"{block_list} lists {address} ({codes})",
        f"find out why at the web site of {block_list}, mend it, and ask there to be taken off",
    )


def not_asked() -> Check:
    """Tell that the settings name no list."""
    return Check(
        "block lists",
        Health.NOT_ASKED,
        "no block list is asked: each learns the address that is looked up",
        "name one or two in doctor.block_lists",
    )


def _is_listing(value: str) -> bool:
    address = ip_address(value)
    return address in _LISTED and not any(address in network for network in _ERRORS)
