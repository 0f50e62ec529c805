import dns.zonefile
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.dkim_key import Algorithm, DkimKey
from loftbox_cli.core.records import Purpose, Record, chunks, expected, quoted, relative_name, zone_text

RSA = DkimKey("lb1", Algorithm.RSA, b"", "A" * 392)
ED25519 = DkimKey("lb2", Algorithm.ED25519, b"", "B" * 44)


def publish(addresses: tuple[str, ...] = (), dmarc_rua: str = "dmarc@example.com") -> dict[str, Record]:
    records = expected(
        "example.com",
        token="t0k3n",
        host="mail.gateway.example",
        addresses=addresses,
        keys=(RSA, ED25519),
        return_path_host="bounce.example.com",
        dmarc_rua=dmarc_rua,
    )
    return {f"{record.kind} {record.name}": record for record in records}


def test_a_domain_publishes_what_receivers_of_its_mail_look_for() -> None:
    assert {key: record.value for key, record in publish().items() if record.purpose is not Purpose.SPF} == {
        "TXT _loftbox.example.com": "lb-domain-verify=t0k3n",
        "MX example.com": "10 mail.gateway.example",
        "TXT lb1._domainkey.example.com": f"v=DKIM1; k=rsa; p={'A' * 392}",
        "TXT lb2._domainkey.example.com": f"v=DKIM1; k=ed25519; p={'B' * 44}",
        "TXT _dmarc.example.com": "v=DMARC1; p=none; rua=mailto:dmarc@example.com",
        "MX bounce.example.com": "10 mail.gateway.example",
        "TXT bounce.example.com": "v=spf1 mx -all",
    }


def test_sending_needs_all_but_the_mx_the_dmarc_record_and_the_second_key() -> None:
    optional = {key for key, record in publish().items() if not record.required}
    assert optional == {"MX example.com", "TXT _dmarc.example.com", "TXT lb2._domainkey.example.com"}


def test_spf_names_the_configured_addresses_and_else_the_mail_host() -> None:
    assert publish()["TXT example.com"].value == "v=spf1 a:mail.gateway.example -all"
    known = publish(("192.0.2.1", "2001:DB8:0::1"))
    assert known["TXT example.com"].value == "v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 -all"
    assert known["TXT bounce.example.com"].value == known["TXT example.com"].value


def test_dmarc_asks_for_no_reports_where_nobody_would_read_them() -> None:
    assert publish(dmarc_rua="")["TXT _dmarc.example.com"].value == "v=DMARC1; p=none"


def test_the_zone_block_is_one_that_a_zone_file_takes() -> None:
    records = publish()
    read = dns.zonefile.read_rrsets(zone_text(tuple(records.values())), rdclass=None)
    assert {rrset.ttl for rrset in read} == {300}
    assert {f"{dns.rdatatype.to_text(rrset.rdtype)} {rrset.name.to_text(True)}" for rrset in read} == set(
        records
    )
    exchanges = [rrset[0].exchange.to_text() for rrset in read if rrset.rdtype == dns.rdatatype.MX]
    assert exchanges == ["mail.gateway.example.", "mail.gateway.example."]


def test_a_long_text_is_cut_into_quoted_chunks() -> None:
    assert quoted("A" * 300) == f'"{"A" * 255}" "{"A" * 45}"'
    assert quoted("") == '""'
    assert quoted('say "no" \\ ü') == r'"say \"no\" \\ \195\188"'


@given(st.text(st.characters(codec="utf-8"), max_size=600))
def test_any_text_comes_back_from_its_quoted_form(text: str) -> None:
    rrset = dns.rrset.from_text("example.com.", 300, "IN", "TXT", quoted(text))
    assert rrset[0].strings == chunks(text)
    assert b"".join(chunks(text)).decode() == text


@pytest.mark.parametrize(
    ("name", "relative"),
    [
        ("example.com", "@"),
        ("_dmarc.example.com", "_dmarc"),
        ("lb1._domainkey.example.com", "lb1._domainkey"),
        ("bounce.example.net", "bounce.example.net"),
        ("myexample.com", "myexample.com"),
    ],
)
def test_forms_ask_for_the_name_without_the_domain(name: str, relative: str) -> None:
    assert relative_name(name, "example.com") == relative
