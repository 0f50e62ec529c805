import hashlib
import hmac
import json
from datetime import timedelta

import pytest

from loftbox_cli.core.canonical import canonical
from loftbox_cli.core.endpoint import EndpointSecret, EndpointStatus, NotificationState
from loftbox_cli.core.errors import BadInput, Conflict, LeaseLost, NotFound, TargetRefused
from loftbox_cli.core.events import EventType
from loftbox_cli.core.ids import AgentId
from loftbox_cli.core.page import Page
from loftbox_cli.core.parcel import Posted
from loftbox_cli.core.pause import PauseScope
from loftbox_cli.core.retry import WEBHOOK_WAITS
from loftbox_cli.core.webhook_signature import read_secret, spell_secret
from loftbox_cli.services import notify, pauses, webhooks
from loftbox_cli.services.tx import EVERYTHING, Viewer
from tests.services.house import ANNA, House

OLD, NEW = spell_secret(b"o" * 32), spell_secret(b"n" * 32)
GOOD = Posted(200, b"ok", took=12)
BAD = Posted(500, b"oops", took=30)


def opened(secret: EndpointSecret) -> str:
    return {b"sealed": OLD, b"newer": NEW}[secret.sealed]


def claim(house: House, limit: int = 10, *, each: int = 10, busy: tuple[str, ...] = ()) -> list[notify.Post]:
    return house.do(notify.claim, limit, each=each, busy=busy, opened=opened, now=house.now)


def record(house: House, post: notify.Post, posted: Posted) -> NotificationState:
    return house.do(
        notify.record,
        post.notification.id,
        post.notification.fence,
        posted,
        waits=WEBHOOK_WAITS,
        spread=0.0,
        started_at=house.now,
        now=house.now,
    ).state


def test_an_event_is_due_at_once_for_each_endpoint_that_wants_it(house: House) -> None:
    house.mailbox()
    everything = house.endpoint()
    house.endpoint("message.held")
    received = house.endpoint("message.received")
    house.receive("help@example.com")
    posts = claim(house)
    assert sorted(post.endpoint.id for post in posts) == sorted((everything.id, received.id))
    assert {post.notification.event_type for post in posts} == {EventType.MESSAGE_RECEIVED}


def test_what_happened_before_an_endpoint_was_made_is_not_sent_to_it(house: House) -> None:
    house.mailbox()
    house.endpoint()
    assert claim(house) == []


def test_the_body_is_the_event_signed_with_the_oldest_valid_secret(house: House) -> None:
    house.mailbox()
    endpoint = house.endpoint()
    house.do(
        lambda tx: tx.endpoint_secrets.add(EndpointSecret("whs_2", endpoint.id, b"newer", house.now, None))
    )
    house.receive("help@example.com")
    (post,) = claim(house)
    assert post.secrets == (OLD, NEW)
    told = json.loads(post.notification.body)
    signature = told.pop("signature")
    expected = hmac.digest(read_secret(OLD), canonical(told), hashlib.sha256).hex()
    assert signature == f"v1={expected}"
    assert told["id"] == post.notification.event_id


def test_the_body_is_signed_once_and_the_same_over_all_attempts(house: House) -> None:
    house.mailbox()
    endpoint = house.endpoint()
    house.receive("help@example.com")
    (first,) = claim(house)
    record(house, first, BAD)
    house.do(lambda tx: tx.endpoint_secrets.remove(endpoint_id=endpoint.id))
    house.do(
        lambda tx: tx.endpoint_secrets.add(EndpointSecret("whs_2", endpoint.id, b"newer", house.now, None))
    )
    house.clock.advance(minutes=1)
    (second,) = claim(house)
    assert second.secrets == (NEW,)
    assert second.notification.body == first.notification.body
    assert second.notification.event_id == first.notification.event_id


def test_a_retired_secret_signs_no_more(house: House) -> None:
    house.mailbox()
    endpoint = house.endpoint()
    until = house.now + timedelta(hours=24)
    house.do(
        lambda tx: tx.endpoint_secrets.add(EndpointSecret("whs_2", endpoint.id, b"newer", house.now, until))
    )
    house.receive("help@example.com")
    house.clock.advance(hours=24)
    (post,) = claim(house)
    assert post.secrets == (OLD,)


def test_a_2xx_delivers_and_every_attempt_is_on_record(house: House) -> None:
    house.mailbox()
    endpoint = house.endpoint()
    house.receive("help@example.com")
    (post,) = claim(house)
    assert record(house, post, Posted(0, fault="no answer", took=15_000)) is NotificationState.PENDING
    house.clock.advance(minutes=1)
    (post,) = claim(house)
    assert record(house, post, GOOD) is NotificationState.DELIVERED
    house.clock.advance(days=2)
    assert claim(house) == []
    (told,) = house.see(webhooks.notifications, endpoint.id, Page(), EVERYTHING).items
    assert told.notification.settled_at == house.now - timedelta(days=2)
    assert [(each.number, each.status, each.fault, each.answer) for each in told.attempts] == [
        (1, 0, "no answer", b""),
        (2, 200, "", b"ok"),
    ]


@pytest.mark.parametrize("status", [0, 199, 300, 301, 404, 410, 500])
def test_only_a_2xx_is_a_success(house: House, status: int) -> None:
    house.mailbox()
    house.endpoint()
    house.receive("help@example.com")
    (post,) = claim(house)
    assert record(house, post, Posted(status)) is NotificationState.PENDING


def test_a_notification_is_tried_by_the_schedule_and_then_shown_as_exhausted(house: House) -> None:
    house.mailbox()
    house.endpoint()
    house.receive("help@example.com")
    for number, wait in enumerate(WEBHOOK_WAITS, 1):
        if wait:
            house.clock.advance(seconds=wait.total_seconds() - 1)
            assert claim(house) == []
            house.clock.advance(seconds=1)
        (post,) = claim(house)
        last = number == len(WEBHOOK_WAITS)
        assert record(house, post, BAD) is (
            NotificationState.EXHAUSTED if last else NotificationState.PENDING
        )
    house.clock.advance(days=30)
    assert claim(house) == []


def test_resending_makes_a_new_notification_of_the_same_event(house: House) -> None:
    house.mailbox()
    endpoint = house.endpoint()
    house.receive("help@example.com")
    (post,) = claim(house)
    record(house, post, GOOD)
    again = house.do(webhooks.resend, post.notification.id, EVERYTHING, now=house.now).notification
    assert again.id != post.notification.id
    assert again.event_id == post.notification.event_id
    (second,) = claim(house)
    assert second.notification.id == again.id
    assert second.notification.body == post.notification.body
    old = house.see(lambda tx: tx.notifications.get(post.notification.id))
    assert old.state is NotificationState.DELIVERED
    assert len(house.see(webhooks.notifications, endpoint.id, Page(), EVERYTHING).items) == 2


def test_the_endpoint_of_an_agent_gets_the_events_of_its_mailboxes_only(house: House) -> None:
    mine, foreign = house.mailbox("mine@example.com"), house.mailbox("foreign@example.com")
    endpoint = house.endpoint(agent_id=mine.agent_id)
    house.receive("mine@example.com", "foreign@example.com", "postmaster@example.com")
    house.domain("example.org")
    posts = claim(house)
    assert [post.endpoint.id for post in posts] == [endpoint.id]
    assert json.loads(posts[0].notification.body)["mailbox_id"] == mine.id != foreign.id


def test_an_endpoint_for_an_unknown_agent_is_not_made(house: House) -> None:
    house.refuses(
        NotFound,
        webhooks.create,
        url="https://hooks.peer.test",
        events=(),
        agent_id=AgentId("agent_0000000000000000"),
        sealed=b"sealed",
        now=house.now,
    )


def test_an_unknown_event_type_is_refused_with_its_field() -> None:
    with pytest.raises(BadInput) as caught:
        webhooks.check("https://hooks.peer.test/", ["message.received", "message.recieved"], networks=())
    assert caught.value.field == "events"


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "127.0.0.1", "[::1]", "[64:ff9b::a00:1]"])
def test_an_address_that_is_not_public_is_refused_before_it_is_kept(host: str) -> None:
    with pytest.raises(TargetRefused, match="is not public") as caught:
        webhooks.check(f"https://{host}/", [], networks=["192.168.0.0/16"])
    assert (caught.value.field, "allow_networks" in caught.value.fix) == ("url", True)
    open_to = ["10.0.0.0/8", "169.254.0.0/16", "127.0.0.0/8", "::1/128"]
    assert webhooks.check(f"https://{host}/", [], networks=open_to)[0] == f"https://{host}/"


def test_one_endpoint_takes_its_share_of_the_slots_and_no_more(house: House) -> None:
    house.mailbox()
    one, two = house.endpoint(), house.endpoint()
    for _ in range(3):
        house.receive("help@example.com")
    posts = claim(house, each=2)
    assert sorted(post.endpoint.id for post in posts) == sorted((one.id, one.id, two.id, two.id))
    assert [post.endpoint.id for post in claim(house, busy=(one.id,))] == [two.id]
    assert house.see(notify.next_at, busy=(one.id,)) is None
    assert house.see(notify.next_at, busy=()) == house.now


def test_notifications_go_out_in_the_order_of_their_events(house: House) -> None:
    house.mailbox()
    house.endpoint()
    for _ in range(3):
        house.receive("help@example.com")
    places = [post.notification.event_seq for post in claim(house)]
    assert places == sorted(places)


def test_a_notification_under_a_lease_is_posted_by_nobody_else(house: House) -> None:
    house.mailbox()
    house.endpoint()
    house.receive("help@example.com")
    (post,) = claim(house)
    assert claim(house) == []
    house.clock.advance(seconds=notify.LEASE.total_seconds())
    (again,) = claim(house)
    assert again.notification.id == post.notification.id
    assert again.notification.attempts == 2


def test_an_owner_that_lost_its_lease_records_nothing(house: House) -> None:
    house.mailbox()
    house.endpoint()
    house.receive("help@example.com")
    (post,) = claim(house)
    assert house.do(notify.void_leases) == 1
    refused(house, post)
    (again,) = claim(house)
    refused(house, post)
    assert record(house, again, BAD) is NotificationState.PENDING
    refused(house, again)


def refused(house: House, post: notify.Post) -> None:
    house.refuses(
        LeaseLost,
        notify.record,
        post.notification.id,
        post.notification.fence,
        GOOD,
        waits=WEBHOOK_WAITS,
        spread=0.0,
        started_at=house.now,
        now=house.now,
    )


@pytest.mark.parametrize(
    "scope", [PauseScope.GATEWAY, PauseScope.DOMAIN, PauseScope.AGENT, PauseScope.MAILBOX]
)
def test_while_a_mailbox_is_paused_the_news_of_its_mail_waits(house: House, scope: PauseScope) -> None:
    mailbox = house.mailbox(agent=house.agent("bot"))
    house.endpoint("message.received")
    name = {
        PauseScope.GATEWAY: "gateway",
        PauseScope.DOMAIN: "example.com",
        PauseScope.AGENT: "bot",
        PauseScope.MAILBOX: mailbox.address,
    }[scope]
    house.do(pauses.pause, scope, name, by=ANNA, why="checking", request_id=house.request(), now=house.now)
    (message,) = house.receive("help@example.com")
    assert house.message(message.id) == message
    assert claim(house) == []
    assert house.see(lambda tx: tx.due.next_at()) is None
    house.do(pauses.resume, scope, name, by=ANNA, request_id=house.request(), now=house.now)
    (post,) = claim(house)
    assert json.loads(post.notification.body)["data"]["message_id"] == message.id


def test_that_a_mailbox_is_paused_is_told_at_once(house: House) -> None:
    mailbox = house.mailbox()
    house.endpoint()
    house.do(
        pauses.pause,
        PauseScope.MAILBOX,
        mailbox.id,
        by=ANNA,
        why="checking",
        request_id=house.request(),
        now=house.now,
    )
    (post,) = claim(house)
    assert post.notification.event_type == EventType.MAILBOX_PAUSED


def test_an_agent_neither_sees_nor_resends_what_went_to_others(house: House) -> None:
    mine, foreign = house.mailbox("mine@example.com"), house.mailbox("foreign@example.com")
    endpoint = house.endpoint(agent_id=foreign.agent_id)
    house.receive("foreign@example.com")
    (post,) = claim(house)
    me = Viewer(mine.agent_id)
    assert house.see(webhooks.page, Page(), me).items == ()
    house.refuses(NotFound, webhooks.find, endpoint.id, me)
    house.refuses(NotFound, webhooks.notifications, endpoint.id, Page(), me)
    house.refuses(NotFound, webhooks.resend, post.notification.id, me, now=house.now)
    assert house.see(webhooks.find, endpoint.id, Viewer(foreign.agent_id)) == endpoint


def test_a_disabled_webhook_gets_nothing_and_goes_on_where_it_stopped(house: House) -> None:
    endpoint = house.endpoint()
    mailbox = house.mailbox()
    house.send(mailbox)
    before = house.see(lambda tx: tx.notifications.count(endpoint_id=endpoint.id))
    for status in (EndpointStatus.DISABLED, EndpointStatus.DISABLED):
        house.do(webhooks.switch, endpoint.id, status, by=ANNA, request_id=house.request(), now=house.now)
    assert [event.type for event in house.told(EventType.WEBHOOK_DISABLED)] == [EventType.WEBHOOK_DISABLED]
    house.send(mailbox)
    assert house.see(lambda tx: tx.due.notifications(house.now, 10, each=10, busy=())) == []
    assert house.see(lambda tx: tx.notifications.count(endpoint_id=endpoint.id)) == before
    house.do(
        webhooks.switch,
        endpoint.id,
        EndpointStatus.ACTIVE,
        by=ANNA,
        request_id=house.request(),
        now=house.now,
    )
    assert len(house.see(lambda tx: tx.due.notifications(house.now, 100, each=100, busy=()))) == before + 1


def test_an_agent_has_a_bounded_number_of_webhooks(house: House) -> None:
    agent = house.agent()
    for _ in range(webhooks.MOST_OF_AGENT):
        house.endpoint(agent_id=agent.id)
    house.refuses(
        Conflict,
        webhooks.create,
        url="https://peer.test/hook",
        events=(),
        agent_id=agent.id,
        sealed=b"",
        now=house.now,
    )
