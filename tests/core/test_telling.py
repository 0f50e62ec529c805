from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.canonical import JSON
from loftbox_cli.core.events import EventType
from loftbox_cli.core.plain_text import plain_line
from loftbox_cli.core.telling import log_line, sentence


@dataclass(frozen=True, slots=True)
class Happening:
    type: EventType
    data: Mapping[str, JSON] = field(default_factory=dict)


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = ("detail", "words", "why", "by", "reasons", "subject", "decision", "review", "problems", "domain")


@pytest.mark.parametrize("kind", list(EventType))
def test_every_event_has_a_sentence_and_a_state(kind: EventType) -> None:
    text, state = sentence(Happening(kind))
    assert text[0].isupper()
    assert not text.endswith((":", ".", " "))
    assert state.islower()


def test_the_log_reads_as_the_product_shows_it() -> None:
    told = [
        (
            "09:41:02",
            EventType.POLICY_EVALUATED,
            {"decision": "allow", "detail": "operational support reply"},
        ),
        ("09:41:03", EventType.MESSAGE_QUEUED, {"recipient": "anna@customer.test"}),
        ("09:41:07", EventType.MESSAGE_DELIVERED, {"words": "250 2.0.0 kept"}),
        ("09:44:15", EventType.MESSAGE_REPLY_RECEIVED, {"subject": "Re: your parcel"}),
    ]
    lines = [
        log_line(
            datetime.fromisoformat(f"2026-11-21T{at}+00:00"), sentence(Happening(kind, data), notified=True)
        )
        for at, kind, data in told
    ]
    assert lines == [
        "09:41:02  Policy evaluated: operational support reply     verified",
        "09:41:03  Message accepted for delivery                   queued",
        "09:41:07  Provider confirmed recipient delivery           delivered",
        "09:44:15  Reply received and webhook signed               pending",
    ]


@pytest.mark.parametrize(
    ("kind", "data", "text", "state"),
    [
        (
            EventType.POLICY_EVALUATED,
            {"decision": "hold", "reasons": ["oversight_gated_all"]},
            "Policy evaluated: oversight_gated_all",
            "held",
        ),
        (
            EventType.POLICY_EVALUATED,
            {"decision": "block", "detail": "no"},
            "Policy evaluated: no",
            "blocked",
        ),
        (
            EventType.MESSAGE_FAILED,
            {"words": "550 5.1.1 no such user"},
            "Delivery failed: 550 5.1.1 no such user",
            "failed",
        ),
        (
            EventType.APPROVAL_APPROVED,
            {"why": "", "decided_by": "os:anna"},
            "Approved by os:anna",
            "approved",
        ),
        (
            EventType.DOMAIN_FAILED,
            {"problems": ["no MX", "no SPF"]},
            "Domain failed its checks: no MX; no SPF",
            "failed",
        ),
        (
            EventType.DOMAIN_REVIEWED,
            {"domain": "demo.test", "review": "approved"},
            "Domain reviewed: demo.test",
            "approved",
        ),
        (EventType.MESSAGE_REPLY_RECEIVED, {}, "Reply received", "received"),
    ],
)
def test_a_sentence_says_what_the_event_is_about(
    kind: EventType, data: Mapping[str, JSON], text: str, state: str
) -> None:
    assert sentence(Happening(kind, data)) == (text, state)


def test_a_delay_stands_as_queued_here_and_as_delivered_when_a_later_host_tells_of_it() -> None:
    assert sentence(Happening(EventType.MESSAGE_DELAYED, {"detail": "x"})).state == "queued"
    assert sentence(Happening(EventType.MESSAGE_DELAYED, {"report_id": "msg_1"})).state == "delivered"


def test_only_mail_that_came_in_waits_for_its_webhook() -> None:
    assert sentence(Happening(EventType.MESSAGE_DELIVERED), notified=True).state == "delivered"
    assert sentence(Happening(EventType.MESSAGE_RECEIVED), notified=True).state == "pending"


@given(kind=st.sampled_from(EventType), data=st.dictionaries(st.sampled_from(MEMBERS), JSONS))
def test_whatever_strangers_wrote_stays_on_one_harmless_line(kind: EventType, data: dict[str, JSON]) -> None:
    line = log_line(datetime(2026, 11, 21, tzinfo=UTC), sentence(Happening(kind, data)))
    assert plain_line(line) == line
    assert len(line) < 500
