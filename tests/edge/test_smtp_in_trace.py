"""The Received field that the SMTP door writes."""

import pytest

from loftbox_cli.core.ids import RequestId
from loftbox_cli.edge.smtp_in.trace import peer_address, trace_fields, way_here
from tests.edge.smtp_peer import NOW

pytestmark = pytest.mark.rule("I15")

TLS = "TLSv1.3 TLS_AES_256_GCM_SHA384"


def written(
    *rcpt_to: str,
    peer: str = "192.0.2.1",
    helo: str = "peer.test",
    tls: str = "",
    extended: bool = True,
    smtputf8: bool = False,
) -> str:
    way = way_here("mx.loftbox.test", peer, helo, tls, extended, smtputf8)
    request_id = RequestId("req_0000000000000001")
    return trace_fields(way, request_id, NOW, "writer@peer.test", rcpt_to or ("agent@loftbox.test",)).decode()


@pytest.mark.parametrize(
    ("tls", "smtputf8", "extended", "protocol"),
    [
        ("", False, False, "SMTP"),
        ("", False, True, "ESMTP"),
        (TLS, False, True, f"ESMTPS ({TLS})"),
        (TLS, False, False, f"ESMTPS ({TLS})"),
        ("", True, True, "UTF8SMTP"),
        (TLS, True, True, f"UTF8SMTPS ({TLS})"),
    ],
)
def test_the_protocol_is_named_as_it_is_registered(
    tls: str, smtputf8: bool, extended: bool, protocol: str
) -> None:
    field = written(tls=tls, smtputf8=smtputf8, extended=extended)
    assert f" with {protocol}\r\n" in field


def test_of_several_recipients_none_is_named() -> None:
    both = written("agent@loftbox.test", "second@loftbox.test")
    assert "@loftbox.test" not in both
    assert both.endswith("\tid req_0000000000000001;\r\n\tSun, 22 Nov 2026 12:00:00 +0000\r\n")


@pytest.mark.rule("A15")
@pytest.mark.parametrize(
    ("helo", "name"),
    [
        ("peer.test", "peer.test"),
        ("[192.0.2.1]", "[192.0.2.1]"),
        ("[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"),
        ("MY_PC", "MY_PC"),
        ("my computer", "unknown"),
        ("evil) by (bank.test", "unknown"),
        ("bücher.test", "unknown"),
    ],
)
def test_a_name_that_is_none_is_not_repeated(helo: str, name: str) -> None:
    assert written(helo=helo).startswith(
        f"Return-Path: <writer@peer.test>\r\nReceived: from {name} ([192.0.2.1])\r\n"
    )


@pytest.mark.parametrize(
    ("peer", "literal"),
    [("2001:db8::1", "[IPv6:2001:db8::1]"), ("192.0.2.1", "[192.0.2.1]"), ("", "unknown")],
)
def test_the_address_is_written_as_a_literal(peer: str, literal: str) -> None:
    assert f" ({literal})\r\n" in written(peer=peer)


@pytest.mark.parametrize(
    ("name", "address"),
    [
        (("192.0.2.1", 4711), "192.0.2.1"),
        (("::ffff:192.0.2.1", 4711, 0, 0), "192.0.2.1"),
        (("fe80::1%eth0", 4711, 0, 2), "fe80::1"),
        (None, ""),
    ],
)
def test_a_peer_is_known_by_its_plain_address(
    name: tuple[str, int] | tuple[str, int, int, int] | None, address: str
) -> None:
    assert peer_address(name) == address
