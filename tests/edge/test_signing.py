"""DKIM signatures, verified by dkimpy as any receiver would."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace

import dkim
import pytest
from dkim.canonicalization import Relaxed
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.dkim_key import Algorithm, DkimKey
from loftbox_cli.edge.mail_auth import DkimSigner, dkim_keys
from loftbox_cli.edge.mail_auth.signing import PROTECTED, relaxed_body

AT = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
HEADER = (
    b"From: Ada <ada@example.com>\r\nTo: bob@example.org\r\nSubject: =?utf-8?q?Caf=C3=A9?=\r\n and more\r\n"
    b"Date: Sun, 22 Nov 2026 16:00:00 +0000\r\nMessage-ID: <1@example.com>\r\nMIME-Version: 1.0\r\n"
    b"X-Colour:  blue \r\nContent-Type: text/plain\r\n"
)
BODIES = {
    "ordinary": b"Hello\r\n",
    "empty": b"",
    "one empty line": b"\r\n",
    "only empty lines": b"\r\n\r\n\r\n",
    "no final line end": b"Hello\r\nthere",
    "trailing empty lines": b"Hello\r\n\r\n\r\n",
    "trailing spaces": b"Hello \t \r\n  there\t\tyou\r\n \r\n",
    "8-bit": "Grüße, 世界\r\n".encode(),
    "octets": bytes(set(range(1, 256)) - {10, 13}) + b"\r\n",
    "dots": b".\r\n..\r\n",
    "long lines": b"x" * 5_000 + b"\r\n" + b"a  b " * 900 + b"\r\n",
}

SIGNER = DkimSigner()
RSA = SIGNER.new_key(Algorithm.RSA, "lb1")
ED25519 = SIGNER.new_key(Algorithm.ED25519, "lb2")
RECORDS = {f"{key.selector}._domainkey.example.com.": key.record for key in (RSA, ED25519)}


@pytest.fixture(autouse=True)
def _a_receiver_with_a_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dkim, "time", SimpleNamespace(time=AT.timestamp))


def verified(mail: bytes, index: int = 0) -> bool:
    def look(name: bytes, **_: object) -> bytes:
        return RECORDS[name.decode()].encode()

    return bool(dkim.DKIM(mail).verify(idx=index, dnsfunc=look))


def sign(raw: bytes, *keys: DkimKey) -> bytes:
    return SIGNER.sign(raw, domain="example.com", keys=keys or (RSA,), at=AT)


@pytest.mark.parametrize("key", [RSA, ED25519], ids=["rsa", "ed25519"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_signature_verifies_on_any_body(key: DkimKey, body: bytes) -> None:
    assert verified(sign(HEADER + b"\r\n" + body, key))


def test_a_mail_without_a_body_is_signed_too() -> None:
    assert verified(sign(HEADER))


def test_two_keys_make_two_signatures_that_both_hold() -> None:
    mail = sign(HEADER + b"\r\nHello\r\n", RSA, ED25519)
    assert mail.count(b"DKIM-Signature:") == 2
    assert verified(mail, 0)
    assert verified(mail, 1)


def test_signing_changes_nothing_but_what_stands_before_the_mail() -> None:
    raw = HEADER + b"\r\nHello\r\n"
    assert sign(raw).endswith(b"\r\n" + raw)
    assert sign(raw + b"more") == sign(raw + b"more\r\n")


@pytest.mark.parametrize("name", PROTECTED)
@pytest.mark.rule("O26")
def test_no_second_field_of_a_protected_name_can_be_added(name: str) -> None:
    mail = sign(HEADER + b"\r\nHello\r\n")
    added = name.encode() + b": someone else <eve@example.net>\r\n"
    assert not verified(added + mail)
    assert not verified(mail.replace(b"X-Colour:", added + b"X-Colour:"))


def test_a_field_that_is_not_protected_may_be_added_on_the_way() -> None:
    assert verified(
        b"Received: from a by b; Sun, 22 Nov 2026 16:00:01 +0000\r\n" + sign(HEADER + b"\r\nHello\r\n")
    )


def test_appended_text_breaks_the_signature() -> None:
    with pytest.raises(dkim.ValidationError, match="body hash"):
        verified(sign(HEADER + b"\r\nHello\r\n") + b"and more\r\n")


@pytest.mark.rule("O26")
def test_the_signature_says_when_it_was_made_and_lives_seven_days() -> None:
    field = sign(HEADER + b"\r\nHello\r\n").partition(b"From:")[0]
    assert b"t=1795363200; x=1795968000;" in field
    assert b" l=" not in field


def test_the_lines_of_the_field_are_short() -> None:
    field = sign(HEADER + b"\r\nHello\r\n").partition(b"From:")[0]
    assert max(map(len, field.split(b"\r\n"))) <= 78


def test_a_key_is_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loads: list[Algorithm] = []

    def opened(_: bytes, algorithm: Algorithm) -> Callable[[bytes], bytes]:
        loads.append(algorithm)
        return bytes

    monkeypatch.setattr(dkim_keys, "opened", opened)
    signer = DkimSigner()
    for _ in range(3):
        signer.sign(HEADER, domain="example.com", keys=(RSA, ED25519), at=AT)
    assert loads == [Algorithm.RSA, Algorithm.ED25519]


def test_a_key_of_the_wrong_kind_is_refused() -> None:
    wrong = DkimKey("lb3", Algorithm.RSA, b"not a key", "")
    with pytest.raises(ValueError, match=r".+"):
        sign(HEADER, wrong)


@given(st.lists(st.sampled_from([b" ", b"\t", b"\r\n", b"a", b"\r\n\r\n"])).map(b"".join))
def test_a_body_is_canonical_as_dkimpy_sees_it(body: bytes) -> None:
    assert relaxed_body(body + b"\r\n") == Relaxed.canonicalize_body(body + b"\r\n")


_VALUES = st.lists(st.sampled_from([b" ", b"\t", b"\r\n ", b"\r\n\t", b"a", b":", b"\xc3\xa9"])).map(b"".join)


@given(st.lists(st.tuples(st.sampled_from([b"To", b"tO", b"CC", b"Subject", b"X-To"]), _VALUES)))
def test_a_signature_verifies_over_any_fields(fields: list[tuple[bytes, bytes]]) -> None:
    more = b"".join(name + b":" + value + b"\r\n" for name, value in fields)
    assert verified(sign(more + HEADER + b"\r\nHello\r\n", ED25519))


def test_what_is_no_header_is_not_signed() -> None:
    with pytest.raises(ValueError, match="no field"):
        sign(b"From: ada@example.com\r\nHello\r\n\r\n")


def test_a_megabyte_of_spaces_is_canonical_at_once() -> None:
    spaces = b" " * 1_000_000
    assert relaxed_body(spaces + b"a" + spaces + b"\r\n") == b" a\r\n"
