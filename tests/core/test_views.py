"""The fields of every view, repeated by hand: programs rely on them."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest

from loftbox_cli.core.domain import Domain, Review
from loftbox_cli.core.events import Event, EventType, envelope
from loftbox_cli.core.ids import DomainId, EventId, KeyId, MessageId, RequestId
from loftbox_cli.core.key import Key, Scope
from loftbox_cli.core.page import PageOf
from loftbox_cli.core.views import (
    agent,
    approval,
    canceled,
    delivery,
    domain,
    event,
    explained,
    key,
    mailbox,
    message,
    pause,
    person,
    policy,
    policy_fact,
    queue,
    replay,
    report,
    status,
    suppression,
    thread,
    webhook,
)
from loftbox_cli.core.views.form import as_json, json_name, list_view

NOW = datetime(2026, 11, 21, 9, 41, 2, tzinfo=UTC)

THREAD = "id object state mailbox mailbox_id subject total created_at last_at"
KEY = "id object name owner_id scopes last4 state created_at expires_at revoked_at"
WEBHOOK = "id object url events agent_id status created_at"

PROMISED: dict[type[Any], str] = {
    agent.AgentView: "id object name purpose owner status created_at",
    mailbox.MailboxView: (
        "id object address display_name agent_id domain_id owner oversight match_subject status"
        " metadata created_at"
    ),
    domain.DomainView: (
        "id object name state review use_case status owned capabilities route token dkim"
        " records requirements verified_at checked_at failing_since created_at"
    ),
    domain.FindingView: "purpose name kind expected required verdict observed problem mend note",
    domain.RequirementView: "provider requirement above standing fact fix",
    domain.DkimKeyView: "selector algorithm phase since may_go_at",
    canceled.CanceledView: "id object state mailbox thread_id canceled not_recalled",
    domain.RecordView: "object purpose kind name value ttl required why",
    message.MessageView: (
        "id object direction state mailbox mailbox_id thread_id rfc_message_id in_reply_to references"
        " mail_from rcpt_to from to cc bcc reply_to headers subject text html reply_text reply_html"
        " quoted_text"
        " attachments automation automation_evidence report relation matched_by"
        " hidden_text_chars invisible_chars"
        " defects decision approval_id deliveries metadata labels size revision content_sha256"
        " submitted_by request_id created_at scheduled_at expires_at released_at"
    ),
    message.AttachmentView: "part filename content_type size sha256 inline content_id url",
    message.DecisionView: "answer reasons detail",
    delivery.DeliveryView: (
        "id object recipient state paused_by attempts queued_at next_at expires_at settled_at"
        " last_code last_class last_words tries"
    ),
    delivery.AttemptView: (
        "number started_at ended_at outcome stage code enhanced words host address tls transcript"
        " response_class"
    ),
    queue.QueuedView: (
        "id object message_id mailbox_id mailbox recipient destination state paused_by attempts queued_at"
        " next_at gives_up_at expires_at settled_at last_code last_class last_words why tries"
    ),
    report.ReportView: "kind recipients",
    report.ReportedView: "address original action status code response_class words remote_mta",
    suppression.SuppressionView: (
        "id object address domain domain_id state reason status detail message_id delivery_id report_id by"
        " since expires_at released_at created_at"
    ),
    explained.ExplainedView: "delivery_id object recipient state response_class said means next do",
    queue.RetriedView: "object destination count",
    thread.ThreadView: THREAD,
    thread.ConversationView: f"{THREAD} participants related messages",
    thread.ParticipantView: "address name known first_message_id",
    event.EventView: (
        "id type api_version created_at request_id mailbox mailbox_id thread_id data signature seq"
    ),
    approval.ApprovalView: (
        "id object state reasons rules approvers agreed revision content_sha256 message_id thread_id"
        " mailbox_id submitted_by"
        " mail_from rcpt_to recipients from to cc bcc headers subject text html attachments"
        " requested_at expires_at decided_at decided_by via why revisions"
    ),
    approval.RevisionView: "number at by via why changed diff",
    approval.HeldByView: "policy policy_name version rule reason detail recipients",
    policy.PolicyView: (
        "id object name version built_in description time_zone source rules bound_to bindings versions"
        " created_at updated_at"
    ),
    policy.PolicyRuleView: "name description decision reason when approvers expires_after",
    policy.BindingView: "scope target by at",
    policy.PolicyVersionView: "version by why at",
    policy.EvaluationView: "object answer reasons detail rules ways_out",
    policy.RuleAskedView: (
        "policy policy_name version rule hit decision reason detail recipients unknown conditions"
    ),
    policy.ConditionView: "fact condition values holds",
    policy.WayOutView: "answer needs changes",
    policy.ChangeView: "fact recipient needs value",
    policy_fact.FactView: "object name kind what tests values known",
    replay.ReplayView: "id object sent_at mailbox rcpt_to subject before after reasons why",
    webhook.EndpointView: WEBHOOK,
    webhook.NewEndpointView: f"{WEBHOOK} secret",
    webhook.NotificationView: (
        "id object webhook_id event_id event_type event_seq state attempts next_at settled_at"
        " last_status last_fault tries created_at"
    ),
    webhook.PostView: "number started_at took status fault answer",
    key.KeyView: KEY,
    key.NewKeyView: f"{KEY} key",
    person.PersonView: "id object name address role system_user created_at",
    pause.PauseView: "object scope target by why at",
    status.StatusView: (
        "object at serving store sessions accepted refused refused_for"
        " domains agents mailboxes messages unread held queued sending uncertain"
        " notifications_pending notifications_exhausted pauses resting logins_refused next_at"
    ),
    status.RestView: "site destinations since until why",
    status.LoginRefusedView: "smarthost since words",
}


@pytest.mark.parametrize("view", PROMISED, ids=lambda view: view.__name__)
def test_a_view_has_the_fields_that_programs_were_promised(view: type[Any]) -> None:
    assert [json_name(field.name) for field in fields(view)] == PROMISED[view].split()


@pytest.mark.parametrize("view", PROMISED, ids=lambda view: view.__name__)
def test_a_table_shows_fields_that_the_view_has(view: type[Any]) -> None:
    columns = getattr(view, "COLUMNS", ())
    assert set(columns) <= {field.name for field in fields(view)}


class Colour(StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, None),
        (True, True),
        (7, 7),
        ("text", "text"),
        (Colour.RED, "red"),
        (NOW, "2026-11-21T09:41:02.000Z"),
        (NOW.astimezone(timezone(timedelta(hours=5))), "2026-11-21T09:41:02.000Z"),
        (("a", 1), ["a", 1]),
        ({"at": NOW}, {"at": "2026-11-21T09:41:02.000Z"}),
    ],
)
def test_values_become_json(value: Any, written: Any) -> None:
    assert as_json(value) == written
    assert type(as_json(value)) is type(written)


@pytest.mark.parametrize("value", [b"octets", 1.5, object()])
def test_what_json_cannot_hold_exactly_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        as_json(value)


def test_an_event_is_shown_as_its_envelope_with_its_place_in_the_log() -> None:
    told = Event(
        seq=7,
        id=EventId("evt_1"),
        type=EventType.MESSAGE_QUEUED,
        created_at=NOW,
        request_id=RequestId("req_1"),
        message_id=MessageId("msg_1"),
        data={"recipient": "anna@example.com"},
    )
    assert as_json(event.event_view(told)) == envelope(told) | {"seq": 7}


def test_a_list_says_whether_there_is_more() -> None:
    more = list_view(PageOf((1, 2), "two"), str)
    last = list_view(PageOf((3,)), str)
    assert as_json(more) == {"object": "list", "data": ["1", "2"], "has_more": True, "next_cursor": "two"}
    assert as_json(last) == {"object": "list", "data": ["3"], "has_more": False, "next_cursor": None}


@pytest.mark.parametrize(
    ("expires_at", "revoked_at", "state"),
    [
        (None, None, "live"),
        (NOW + timedelta(days=1), None, "live"),
        (NOW, None, "expired"),
        (NOW, NOW, "revoked"),
    ],
)
def test_a_key_says_whether_it_still_opens_anything_and_never_its_hash(
    expires_at: datetime | None, revoked_at: datetime | None, state: str
) -> None:
    stored = Key(
        KeyId("key_1"), "agent_1", "main", (Scope.SEND,), "hash", "wxyz", NOW, expires_at, revoked_at
    )
    shown = as_json(key.key_view(stored, NOW))
    assert shown["state"] == state
    assert "hash" not in shown.values()


def test_a_paused_domain_may_not_send_and_still_receives() -> None:
    verified = Domain(
        id=DomainId("dom_1"),
        name="example.com",
        token="t",
        use_case="support",
        review=Review.APPROVED,
        owned=True,
        outbound=True,
        inbound=True,
        verified_at=NOW,
        checked_at=NOW,
        failing_since=None,
        findings=(),
        created_at=NOW,
    )
    assert domain.domain_view(verified, NOW, paused=False).capabilities.outbound
    paused = domain.domain_view(verified, NOW, paused=True)
    assert (paused.capabilities.outbound, paused.capabilities.inbound) == (False, True)
