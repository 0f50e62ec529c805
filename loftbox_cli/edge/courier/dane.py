"""What signed DNS says of a host's certificate (RFC 7672 section 2.2).

Only answers that a validating resolver on this machine has checked count. Where the
host's own address is not signed its TLSA records are not asked for: servers that know
nothing of them may answer with an error, and nothing would be won.
"""

from collections.abc import Sequence

from loftbox_cli.core import tls_policy
from loftbox_cli.core.dns import DnsAnswer, Found, Unanswered
from loftbox_cli.core.route import NoRoute
from loftbox_cli.core.tls_policy import Demand
from loftbox_cli.core.tlsa import parse_tlsa
from loftbox_cli.services.ports import Resolver


async def dane_demand(
    resolver: Resolver, host: str, port: int, found_by: Sequence[DnsAnswer], destination: str
) -> Demand | NoRoute | None:
    """Say what DNS asks of `host`, None for nothing, or NoRoute where that cannot be known just now.

    `found_by` are the answers that gave the addresses of `host`.
    """
    answers = [answer for answer in found_by if isinstance(answer, Found)]
    if not answers or not all(answer.authenticated for answer in answers):
        return None
    # Section 2.2.3: where the host is an alias, the records of its target come first.
    bases = dict.fromkeys((*answers[0].aliases[-1:], host))
    for base in bases:
        answer = await resolver.ask(f"_{port}._tcp.{base}", "TLSA")
        if isinstance(answer, Unanswered):
            # Section 2.1.2: an error may be an attack, so nothing goes there until it is mended.
            return NoRoute(f"DNS did not answer for the TLSA records of {base}: {answer.reason}")
        if isinstance(answer, Found) and answer.authenticated:
            records = tuple(record for text in answer.values if (record := parse_tlsa(text)))
            return tls_policy.by_dane(records, tuple(dict.fromkeys((base, host, destination))))
    return None
