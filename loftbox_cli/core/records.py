"""The DNS records that a domain should publish to send and receive through this gateway.

    purpose           name                 what it is for
    ownership         _loftbox.<d> TXT     proves that whoever adds the domain owns it
    mx                <d> MX               brings the domain's mail here (RFC 5321 section 5.1)
    spf               <d> TXT              lets our addresses send (RFC 7208)
    dkim              <s>._domainkey.<d>   the public half of a signing key (RFC 6376 section 3.6.2)
    dmarc             _dmarc.<d> TXT       asks receivers to tell who uses the name (RFC 9989)
    return_path_mx    bounce.<d> MX        brings bounces back here
    return_path_spf   bounce.<d> TXT       the SPF of the envelope's sender, which is what receivers look at

`required` marks what sending needs. The MX of the domain itself decides only whether it
receives here, and DMARC is advice. What lies beside these is in `host_records.py`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address

from loftbox_cli.core.dkim_key import DkimKey

TTL = 300  # short, so that a mistake made while setting up does not last
CHUNK = 255  # octets of one string of a TXT record (RFC 1035 section 3.3.14)
OWNERSHIP_LABEL = "_loftbox"
OWNERSHIP_TAG = "lb-domain-verify="
PREFERENCE = 10


class Purpose(StrEnum):
    """Why a record is there."""

    OWNERSHIP = "ownership"
    MX = "mx"
    SPF = "spf"
    DKIM = "dkim"
    DMARC = "dmarc"
    RETURN_PATH_MX = "return_path_mx"
    RETURN_PATH_SPF = "return_path_spf"
    REVERSE = "reverse"
    HELO_SPF = "helo_spf"
    MTA_STS = "mta_sts"
    TLS_RPT = "tls_rpt"
    TLSA = "tlsa"


@dataclass(frozen=True, slots=True)
class Gateway:
    """What the records point at: the mail host's name, and its public addresses where they are configured."""

    host: str
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """One record to publish. `value` is one string: chunks and quotes belong to the zone file.

    For SPF and DMARC it is a proposal: any record that does the same is as good.
    """

    purpose: Purpose
    name: str
    kind: str
    value: str
    required: bool
    why: str
    gateway: Gateway


def expected(  # each is a fact of its own, and all are named at the call
    domain: str,
    *,
    token: str,
    host: str,
    addresses: Sequence[str],
    keys: Sequence[DkimKey],
    other_keys: Sequence[tuple[DkimKey, str]] = (),
    return_path_host: str,
    dmarc_rua: str,
) -> tuple[Record, ...]:
    """List what `domain` should publish. The first of `keys` is the one that has to be there.

    `other_keys` are those that will sign or did, each with the reason for its record.
    """
    gateway = Gateway(host, tuple(str(ip_address(address)) for address in addresses))
    exchange = f"{PREFERENCE} {host}"

    def record(purpose: Purpose, name: str, kind: str, value: str, *, required: bool, why: str) -> Record:
        return Record(purpose, name, kind, value, required, why, gateway)

    return (
        record(
            Purpose.OWNERSHIP,
            f"{OWNERSHIP_LABEL}.{domain}",
            "TXT",
            OWNERSHIP_TAG + token,
            required=True,
            why="proves that you own the domain",
        ),
        record(
            Purpose.MX,
            domain,
            "MX",
            exchange,
            required=False,
            why="brings the domain's mail to this gateway; leave it out to send only",
        ),
        record(
            Purpose.SPF,
            domain,
            "TXT",
            _policy(gateway, fallback=f"a:{host}"),
            required=True,
            why="lets this gateway send for the domain",
        ),
        *(
            record(
                Purpose.DKIM,
                f"{key.selector}._domainkey.{domain}",
                "TXT",
                key.record,
                required=place == 0,
                why=f"lets receivers check the {key.algorithm} signatures",
            )
            for place, key in enumerate(keys)
        ),
        *(
            record(
                Purpose.DKIM,
                f"{key.selector}._domainkey.{domain}",
                "TXT",
                key.record,
                required=False,
                why=why,
            )
            for key, why in other_keys
        ),
        record(
            Purpose.DMARC,
            f"_dmarc.{domain}",
            "TXT",
            _dmarc(dmarc_rua),
            required=False,
            why="asks receivers to report who sends in the domain's name",
        ),
        record(
            Purpose.RETURN_PATH_MX,
            return_path_host,
            "MX",
            exchange,
            required=True,
            why="brings bounces back to this gateway",
        ),
        record(
            Purpose.RETURN_PATH_SPF,
            return_path_host,
            "TXT",
            _policy(gateway, fallback="mx"),
            required=True,
            why="lets this gateway send with its own return path",
        ),
    )


def _policy(gateway: Gateway, *, fallback: str) -> str:
    """Propose an SPF record: our addresses where they are known, for they cost no lookup."""
    terms = [spf_term(address) for address in gateway.addresses] or [fallback]
    return f"v=spf1 {' '.join(terms)} -all"


def spf_term(address: str) -> str:
    """Write the SPF mechanism that names one address (RFC 7208 section 5.6)."""
    return f"ip{ip_address(address).version}:{address}"


def _dmarc(rua: str) -> str:
    return "v=DMARC1; p=none" + (f"; rua=mailto:{rua}" if rua else "")


def chunks(value: str) -> tuple[bytes, ...]:
    """Cut a TXT record into the strings of at most 255 octets that DNS carries."""
    octets = value.encode()
    return tuple(octets[start : start + CHUNK] for start in range(0, len(octets), CHUNK)) or (b"",)


def quoted(value: str) -> str:
    """Write a TXT record as a zone file has it: quoted chunks (RFC 1035 section 5.1)."""
    return " ".join(f'"{"".join(_escaped(chunk))}"' for chunk in chunks(value))


def _escaped(chunk: bytes) -> Iterator[str]:
    for octet in chunk:
        if octet in b'"\\':
            yield "\\" + chr(octet)
        elif 0x20 <= octet < 0x7F:  # printable ASCII stands for itself
            yield chr(octet)
        else:
            yield f"\\{octet:03d}"


def zone_text(records: Sequence[Record]) -> str:
    """Write the records as a block for a zone file, each under a line that says why it is there."""
    return "".join(
        f"; {record.purpose}: {record.why}\n{record.name}. {TTL} IN {record.kind} {_rdata(record)}\n"
        for record in records
    )


def _rdata(record: Record) -> str:
    return quoted(record.value) if record.kind == "TXT" else f"{record.value}."


def relative_name(name: str, domain: str) -> str:
    """Write a name the way providers' forms ask for it: without the domain, which itself is "@"."""
    if name == domain:
        return "@"
    return name.removesuffix(f".{domain}")
