import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import standardwebhooks.webhooks
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from loftbox_cli.core.canonical import JSON, canonical
from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.webhook_signature import (
    LARGEST_BODY,
    read_secret,
    signed_body,
    signed_headers,
    spell_secret,
)

NOW = datetime(2026, 11, 21, 9, 44, 15, 500000, tzinfo=UTC)
OLD, NEW, FOREIGN = (spell_secret(bytes([each]) * 32) for each in (1, 2, 3))
TOLD: Mapping[str, JSON] = {
    "id": "evt_1",
    "type": "message.received",
    "data": {"text": "Grüße\r\n€ \u2028", "size": 3},
    "signature": None,
}


@pytest.fixture(autouse=True)
def the_library_lives_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    class Now(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:  # noqa: ARG003 - the signature is the standard library's
            return NOW

    monkeypatch.setattr(standardwebhooks.webhooks, "datetime", Now)


def verify(secret: str, body: bytes, headers: Mapping[str, str]) -> Any:
    return Webhook(secret).verify(body, dict(headers))


def test_the_public_library_verifies_what_we_sign() -> None:
    body = signed_body(TOLD, [OLD])
    told = verify(OLD, body, signed_headers("evt_1", body, [OLD], NOW))
    assert told["data"] == TOLD["data"]


def test_both_secrets_verify_while_one_replaces_the_other() -> None:
    body = signed_body(TOLD, [OLD, NEW])
    headers = signed_headers("evt_1", body, [OLD, NEW], NOW)
    assert verify(OLD, body, headers) == verify(NEW, body, headers)
    with pytest.raises(WebhookVerificationError):
        verify(FOREIGN, body, headers)


def test_a_body_signed_before_the_rotation_verifies_with_the_new_secret_after_it() -> None:
    body = signed_body(TOLD, [OLD])
    assert verify(NEW, body, signed_headers("evt_1", body, [NEW], NOW))


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_no_changed_byte_verifies(place: int, change: int) -> None:
    body = bytearray(signed_body({"id": "evt_1", "data": {"text": "plain"}}, [OLD]))
    headers = signed_headers("evt_1", bytes(body), [OLD], NOW)
    body[place % len(body)] ^= change
    with pytest.raises((WebhookVerificationError, UnicodeDecodeError)):
        verify(OLD, bytes(body), headers)


@pytest.mark.parametrize(
    "changed", [{"webhook-id": "evt_2"}, {"webhook-timestamp": f"{int(NOW.timestamp()) + 1}"}]
)
def test_neither_the_id_nor_the_time_can_be_changed(changed: dict[str, str]) -> None:
    body = signed_body(TOLD, [OLD])
    with pytest.raises(WebhookVerificationError):
        verify(OLD, body, {**signed_headers("evt_1", body, [OLD], NOW), **changed})


def test_a_replay_after_five_minutes_does_not_verify_and_a_retry_does() -> None:
    body = signed_body(TOLD, [OLD])
    with pytest.raises(WebhookVerificationError):
        verify(OLD, body, signed_headers("evt_1", body, [OLD], NOW - timedelta(minutes=6)))
    assert verify(OLD, body, signed_headers("evt_1", body, [OLD], NOW))


def test_the_signature_field_is_the_hmac_of_the_rest_with_the_oldest_secret() -> None:
    told = json.loads(signed_body(TOLD, [OLD, NEW]))
    signature = told.pop("signature")
    expected = hmac.new(read_secret(OLD), canonical(told), hashlib.sha256).hexdigest()
    assert signature == f"v1={expected}"


def test_the_body_is_canonical_and_the_same_each_time() -> None:
    body = signed_body(TOLD, [OLD])
    assert canonical(json.loads(body)) == body == signed_body(dict(sorted(TOLD.items(), reverse=True)), [OLD])


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_survives_signing(text: str) -> None:
    body = signed_body({"id": "evt_1", "data": {"text": text}}, [OLD])
    assert verify(OLD, body, signed_headers("evt_1", body, [OLD], NOW))["data"]["text"] == text


def test_a_body_of_256_kib_goes_whole_and_a_larger_one_truncated() -> None:
    def body(length: int) -> bytes:
        return signed_body({"id": "evt_1", "data": {"text": "x" * length, "from": "a@example.com"}}, [OLD])

    room = LARGEST_BODY - len(body(0))
    assert len(body(room)) == LARGEST_BODY
    cut = body(room + 1)
    told = verify(OLD, cut, signed_headers("evt_1", cut, [OLD], NOW))
    assert told["data"] == {"from": "a@example.com", "truncated": True, "url": "/v1/events/evt_1"}


def test_a_secret_reads_back_as_its_octets() -> None:
    assert spell_secret(bytes(range(32))) == "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    assert read_secret(spell_secret(bytes(range(32)))) == bytes(range(32))


@pytest.mark.parametrize(
    "secret",
    ["", "whsec_", "whsec_AAAA", OLD.removeprefix("whsec_"), OLD[:-1], OLD + "AAAA", OLD + "\n", "whsec_é"],
)
def test_a_bad_secret_is_refused_and_not_repeated(secret: str) -> None:
    with pytest.raises(BadInput) as refusal:
        read_secret(secret)
    assert refusal.value.fact == "not a webhook secret"


def test_nothing_is_sent_unsigned() -> None:
    with pytest.raises(BadInput):
        signed_headers("evt_1", b"{}", [], NOW)
    with pytest.raises(BadInput):
        signed_body(TOLD, [])
