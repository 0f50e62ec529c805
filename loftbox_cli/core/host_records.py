"""The records beside those of a domain's own zone: what DNS says of the mail host, and what protects.

    purpose    name                    what it is for
    reverse    <host> PTR              lets receivers see that address and name belong together
    helo_spf   <host> TXT              the SPF of the name in EHLO (RFC 7208 section 2.3)
    mta_sts    _mta-sts.<d> TXT        asks senders for verified TLS (RFC 8461)
    tls_rpt    _smtp._tls.<d> TXT      asks senders to report failures of TLS (RFC 8460)
    tlsa       _25._tcp.<host> TLSA    names our key in signed DNS (RFC 7672)

None of them decides whether a domain may send. The last three are looked at where
they are published, and not missed elsewhere.
"""

from collections.abc import Iterator, Sequence
from ipaddress import ip_address

from loftbox_cli.core.finding import Finding, Verdict
from loftbox_cli.core.records import Gateway, Purpose, Record

WHERE_PUBLISHED = frozenset({Purpose.MTA_STS, Purpose.TLS_RPT, Purpose.TLSA})


def of_host(host: str, addresses: Sequence[str], *, key_sha256: str = "") -> tuple[Record, ...]:
    """List what DNS should say of the mail host; `key_sha256` is that of its key, "" if not known."""
    return tuple(_of_host(_gateway(host, addresses), key_sha256))


def _of_host(gateway: Gateway, key_sha256: str) -> Iterator[Record]:
    yield Record(
        Purpose.REVERSE,
        gateway.host,
        "PTR",
        gateway.host,
        required=False,
        why="lets receivers see that the address and the name of this gateway belong together",
        gateway=gateway,
    )
    yield Record(
        Purpose.HELO_SPF,
        gateway.host,
        "TXT",
        "v=spf1 a -all",
        required=False,
        why="lets receivers check the name in EHLO, which is all that a notice without a sender has",
        gateway=gateway,
    )
    if key_sha256:
        yield Record(
            Purpose.TLSA,
            f"_25._tcp.{gateway.host}",
            "TLSA",
            f"3 1 1 {key_sha256}",
            required=False,
            why="names the key of this gateway in signed DNS",
            gateway=gateway,
        )


def of_domain(domain: str, host: str, addresses: Sequence[str]) -> tuple[Record, ...]:
    """List what protects mail to a domain, where it is published."""
    gateway = _gateway(host, addresses)
    return (
        Record(
            Purpose.MTA_STS,
            f"_mta-sts.{domain}",
            "TXT",
            "v=STSv1; id=1",
            required=False,
            why="asks senders for verified TLS",
            gateway=gateway,
        ),
        Record(
            Purpose.TLS_RPT,
            f"_smtp._tls.{domain}",
            "TXT",
            f"v=TLSRPTv1; rua=mailto:postmaster@{domain}",
            required=False,
            why="asks senders to report failures of TLS",
            gateway=gateway,
        ),
    )


def is_of_interest(finding: Finding) -> bool:
    """Say whether to tell it: what need not be published is no news where it is not."""
    absent = finding.verdict in (Verdict.MISSING, Verdict.NO_SUCH_NAME)
    return not (absent and finding.record.purpose in WHERE_PUBLISHED)


def _gateway(host: str, addresses: Sequence[str]) -> Gateway:
    return Gateway(host, tuple(str(ip_address(address)) for address in addresses))
