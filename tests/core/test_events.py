from datetime import UTC, datetime, timedelta, timezone

import pytest

from loftbox_cli.core.events import API_VERSION, Event, EventType, envelope, spell_time, truncated
from loftbox_cli.core.ids import DeliveryId, EventId, MailboxId, MessageId, RequestId, ThreadId

AT = datetime(2026, 11, 21, 9, 41, 2, 123456, tzinfo=UTC)
DELIVERED = Event(
    seq=7,
    id=EventId("evt_1"),
    type=EventType.MESSAGE_DELIVERED,
    created_at=AT,
    request_id=RequestId("req_1"),
    mailbox="support@example.com",
    mailbox_id=MailboxId("mbx_1"),
    thread_id=ThreadId("thread_1"),
    message_id=MessageId("msg_1"),
    delivery_id=DeliveryId("dlv_1"),
    data={
        "recipient": "ann@example.net",
        "text": "x" * 300,
        "headers": [["X-A", "1"]],
        "size": 5,
        "tls": None,
    },
)


def test_an_envelope_has_the_promised_fields_and_no_others() -> None:
    assert envelope(DELIVERED) == {
        "id": "evt_1",
        "type": "message.delivered",
        "api_version": API_VERSION,
        "created_at": "2026-11-21T09:41:02.123Z",
        "request_id": "req_1",
        "mailbox": "support@example.com",
        "mailbox_id": "mbx_1",
        "thread_id": "thread_1",
        "data": {**DELIVERED.data, "message_id": "msg_1", "delivery_id": "dlv_1"},
        "signature": None,
    }


def test_an_event_about_no_mailbox_says_null() -> None:
    told = envelope(Event(1, EventId("evt_1"), EventType.DOMAIN_VERIFIED, AT, RequestId("req_1")))
    assert (told["mailbox"], told["mailbox_id"], told["thread_id"], told["data"]) == (None, None, None, {})


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00.000Z"),
        (datetime(2026, 1, 2, 1, 30, tzinfo=timezone(timedelta(hours=2))), "2026-01-01T23:30:00.000Z"),
    ],
)
def test_times_are_utc_with_milliseconds(at: datetime, written: str) -> None:
    assert spell_time(at) == written


def test_a_truncated_event_keeps_short_values_and_links_to_the_whole() -> None:
    told = envelope(DELIVERED)
    cut = truncated(told)
    assert {**cut, "data": None} == {**told, "data": None}
    assert cut["data"] == {
        "recipient": "ann@example.net",
        "size": 5,
        "tls": None,
        "message_id": "msg_1",
        "delivery_id": "dlv_1",
        "truncated": True,
        "url": "/v1/events/evt_1",
    }


def test_every_pause_can_be_told_to_have_ended() -> None:
    types = set(EventType)
    paused = {each for each in types if each.endswith(".paused")}
    assert {each.replace(".paused", ".resumed") for each in paused} <= types
