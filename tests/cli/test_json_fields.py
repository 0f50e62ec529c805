"""The fields of `--json`, written by hand: scripts live by these names."""

import json
from typing import Any

import pytest

from tests.cli.session_world import SessionWorld

AGENT = ["id", "object", "name", "purpose", "owner", "status", "created_at"]
MAILBOX = [
    "id", "object", "address", "display_name", "agent_id", "domain_id", "owner", "oversight",
    "match_subject", "status", "metadata", "created_at",
]  # fmt: skip
DOMAIN = [
    "id", "object", "name", "state", "review", "use_case", "status", "owned", "capabilities", "route",
    "token", "dkim", "records", "requirements", "verified_at", "checked_at", "failing_since", "created_at",
]  # fmt: skip
RECORD = ["object", "purpose", "kind", "name", "value", "ttl", "required", "why", "relative"]
FINDING = [
    "purpose", "name", "kind", "expected", "required", "verdict", "observed", "problem", "mend", "note",
]  # fmt: skip
REQUIREMENT = ["provider", "requirement", "above", "standing", "fact", "fix"]
MESSAGE = [
    "id", "object", "direction", "state", "mailbox", "mailbox_id", "thread_id", "rfc_message_id",
    "in_reply_to", "references", "mail_from", "rcpt_to", "from", "to", "cc", "bcc", "reply_to", "headers",
    "subject", "text", "html", "reply_text", "reply_html", "quoted_text", "attachments",
    "automation", "automation_evidence", "report", "relation", "matched_by", "hidden_text_chars",
    "invisible_chars", "defects", "decision", "approval_id", "deliveries", "metadata", "labels", "size",
    "revision", "content_sha256", "submitted_by", "request_id", "created_at", "scheduled_at",
    "expires_at", "released_at",
]  # fmt: skip
DELIVERY = [
    "id", "object", "recipient", "state", "paused_by", "attempts", "queued_at", "next_at", "expires_at",
    "settled_at", "last_code", "last_class", "last_words", "tries",
]  # fmt: skip
ATTEMPT = [
    "number", "started_at", "ended_at", "outcome", "stage", "code", "enhanced", "words", "host", "address",
    "tls", "transcript", "response_class",
]  # fmt: skip
QUEUED = [
    "id", "object", "message_id", "mailbox_id", "mailbox", "recipient", "destination", "state", "paused_by",
    "attempts", "queued_at", "next_at", "gives_up_at", "expires_at", "settled_at", "last_code", "last_class",
    "last_words", "why", "tries",
]  # fmt: skip
PAUSE = ["object", "scope", "target", "by", "why", "at"]
THREAD = ["id", "object", "state", "mailbox", "mailbox_id", "subject", "total", "created_at", "last_at"]
APPROVAL = [
    "id", "object", "state", "reasons", "rules", "approvers", "agreed", "revision", "content_sha256",
    "message_id", "thread_id", "mailbox_id", "submitted_by", "mail_from", "rcpt_to", "recipients", "from",
    "to", "cc", "bcc", "headers", "subject", "text", "html", "attachments", "requested_at", "expires_at",
    "decided_at", "decided_by", "via", "why", "revisions",
]  # fmt: skip
WEBHOOK = ["id", "object", "url", "events", "agent_id", "status", "created_at"]
NOTIFICATION = [
    "id", "object", "webhook_id", "event_id", "event_type", "event_seq", "state", "attempts", "next_at",
    "settled_at", "last_status", "last_fault", "tries", "created_at",
]  # fmt: skip
KEY = [
    "id", "object", "name", "owner_id", "scopes", "last4", "state", "created_at", "expires_at", "revoked_at",
]  # fmt: skip
PERSON = ["id", "object", "name", "address", "role", "system_user", "created_at"]
EVENT = [
    "id", "type", "api_version", "created_at", "request_id", "mailbox", "mailbox_id", "thread_id", "data",
    "signature", "seq",
]  # fmt: skip
STEP = [
    "object", "kind", "at", "text", "state", "details", "request_id", "message_id", "delivery_id",
    "notification_id", "event", "attempt", "post",
]  # fmt: skip
PAUSE = ["object", "scope", "target", "by", "why", "at"]
STATUS = [
    "object", "at", "serving", "store", "sessions", "accepted", "refused", "refused_for", "domains", "agents",
    "mailboxes", "messages", "unread", "held", "queued", "sending",
    "uncertain", "notifications_pending", "notifications_exhausted", "pauses", "resting", "logins_refused",
    "next_at",
]  # fmt: skip


@pytest.fixture
def used(world: SessionWorld) -> SessionWorld:
    """A gateway where a bit of everything happened."""
    for line in (
        "loftbox init --hostname mx.example.com --operator anna@example.com --name Anna",
        "loftbox domain add example.com",
    ):
        read(world, line)
    world.happens("published: the records of example.com")
    for line in (
        "loftbox domain verify example.com",
        "loftbox domain review example.com --approve",
        "loftbox agent create helper",
        "loftbox mailbox create help@example.com --agent helper --oversight autonomous",
        "loftbox webhook create https://agents.example.com/",
        "loftbox send --mailbox help@example.com --to jane@customer.test --text Hello.",
    ):
        read(world, line)
    world.happens("the next server takes the mail")
    for line in (
        "loftbox mailbox set help@example.com --oversight gated_all",
        "loftbox send --mailbox help@example.com --to jane@customer.test --text Hello.",
    ):
        read(world, line)
    world.happens("the webhook answers 200")
    return world


def read(world: SessionWorld, line: str) -> Any:
    screen, code = world.type(f"{line} --json")
    assert code == 0, screen
    return json.loads(screen)


def first_id(world: SessionWorld, line: str) -> str:
    screen, _ = world.type(f"{line} -q")
    return screen.splitlines()[-1]


def test_a_list_has_these_fields(used: SessionWorld) -> None:
    lists = {
        "agent list": AGENT,
        "mailbox list": MAILBOX,
        "domain list": DOMAIN,
        "domain records example.com": RECORD,
        "message list": MESSAGE,
        "queue list --state delivered": QUEUED,
        "thread list": THREAD,
        "approvals list": APPROVAL,
        "webhook list": WEBHOOK,
        "person list": PERSON,
        "logs": EVENT,
    }
    for line, fields in lists.items():
        page = read(used, f"loftbox {line}")
        assert list(page) == ["object", "data", "has_more", "next_cursor"]
        assert page["object"] == "list"
        assert page["data"]
        assert [list(thing) for thing in page["data"]] == [fields] * len(page["data"])


def test_one_thing_has_the_fields_that_it_has_in_a_list(used: SessionWorld) -> None:
    assert list(read(used, "loftbox agent show helper")) == AGENT
    assert list(read(used, "loftbox agent create other --purpose x")) == AGENT
    assert list(read(used, "loftbox mailbox show help@example.com")) == MAILBOX
    assert list(read(used, "loftbox mailbox set help@example.com --oversight autonomous")) == MAILBOX
    assert list(read(used, "loftbox person show Anna")) == PERSON
    assert list(read(used, "loftbox person create Ben --address ben@example.com")) == PERSON
    assert list(read(used, "loftbox approvals show " + first_id(used, "loftbox approvals list"))) == APPROVAL
    assert list(read(used, "loftbox webhook show " + first_id(used, "loftbox webhook list"))) == WEBHOOK
    assert list(read(used, "loftbox status")) == STATUS
    assert list(read(used, "loftbox pause gateway")) == PAUSE
    assert list(read(used, "loftbox resume gateway")) == PAUSE


def test_a_domain_tells_what_was_found_about_each_record(used: SessionWorld) -> None:
    for line in ("verify example.com", "show example.com", "review example.com --approve"):
        domain = read(used, f"loftbox domain {line}")
        assert list(domain) == DOMAIN
        assert list(domain["capabilities"]) == ["outbound", "inbound"]
        assert [list(record) for record in domain["records"]] == [FINDING] * 10
        assert {tuple(each) for each in domain["requirements"]} == {tuple(REQUIREMENT)}


def test_a_message_tells_each_attempt_of_its_deliveries(used: SessionWorld) -> None:
    message = read(used, "loftbox message show " + first_id(used, "loftbox message list"))
    assert list(message) == MESSAGE
    assert list(message["decision"]) == ["answer", "reasons", "detail"]
    assert list(message["to"][0]) == ["address", "name"]
    (delivery,) = message["deliveries"]
    assert list(delivery) == DELIVERY
    assert list(delivery["tries"][0]) == ATTEMPT


def test_a_delivery_tells_each_of_its_attempts(used: SessionWorld) -> None:
    delivery = read(used, "loftbox queue show " + first_id(used, "loftbox queue list --state delivered"))
    assert list(delivery) == QUEUED
    assert list(delivery["tries"][0]) == ATTEMPT


def test_a_paused_destination_has_the_fields_of_every_pause(used: SessionWorld) -> None:
    assert list(read(used, "loftbox queue pause peer.test")) == PAUSE
    assert list(read(used, "loftbox queue resume peer.test")) == PAUSE
    assert read(used, "loftbox queue retry --all") == {"object": "retried", "destination": "", "count": 0}


def test_a_thread_shows_its_participants_and_a_page_of_its_messages(used: SessionWorld) -> None:
    thread = read(used, "loftbox thread show " + first_id(used, "loftbox thread list"))
    assert list(thread) == [*THREAD, "participants", "related", "messages"]
    assert list(thread["participants"][0]) == ["address", "name", "known", "first_message_id"]
    assert list(thread["messages"]) == ["object", "data", "has_more", "next_cursor"]
    assert list(thread["messages"]["data"][0]) == [*MESSAGE, "parent_id"]


def test_a_secret_is_a_field_only_where_it_is_made(used: SessionWorld) -> None:
    assert list(read(used, "loftbox key create helper --scope send")) == [*KEY, "key"]
    assert list(read(used, "loftbox key list")["data"][0]) == KEY
    assert list(read(used, "loftbox webhook create https://other.example.com/")) == [*WEBHOOK, "secret"]
    assert list(read(used, "loftbox webhook list")["data"][0]) == WEBHOOK


def test_what_a_webhook_was_told_is_listed_with_each_post(used: SessionWorld) -> None:
    page = read(used, "loftbox webhook notifications " + first_id(used, "loftbox webhook list"))
    assert list(page["data"][0]) == NOTIFICATION
    assert list(page["data"][0]["tries"][0]) == ["number", "started_at", "took", "status", "fault", "answer"]
    assert list(read(used, "loftbox webhook resend " + page["data"][0]["id"])) == NOTIFICATION


def test_a_story_has_events_attempts_and_posts(used: SessionWorld) -> None:
    steps = read(used, "loftbox trace " + first_id(used, "loftbox message list"))["data"]
    assert {step["kind"] for step in steps} == {"event", "attempt", "post"}
    assert [list(step) for step in steps] == [STEP] * len(steps)
    about = {step["kind"]: step for step in steps}
    assert list(about["event"]["event"]) == EVENT
    assert list(about["attempt"]["attempt"]) == ATTEMPT
    assert [about["post"]["event"], about["post"]["attempt"]] == [None, None]
