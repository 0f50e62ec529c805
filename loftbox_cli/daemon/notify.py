"""The notify loop: claim, post, record."""

from collections.abc import Sequence

import structlog

from loftbox_cli.core.endpoint import SEAL_PURPOSE, EndpointSecret
from loftbox_cli.core.errors import LeaseLost
from loftbox_cli.core.parcel import Posted
from loftbox_cli.core.webhook_signature import signed_headers, spell_secret
from loftbox_cli.daemon.bell import Bell, rest
from loftbox_cli.daemon.crew import Crew
from loftbox_cli.daemon.patience import persist, take
from loftbox_cli.services import notify
from loftbox_cli.wiring.rooms import Rooms

log = structlog.get_logger("notify")


async def post_events(rooms: Rooms, bell: Bell, crew: Crew) -> None:
    """Post what is due, for ever."""
    kept: dict[str, str] = {}

    def opened(secret: EndpointSecret) -> str:
        if secret.id not in kept:
            kept[secret.id] = spell_secret(rooms.sealer.open(secret.sealed, purpose=SEAL_PURPOSE))
        return kept[secret.id]

    while True:
        seen = bell.rung
        now = rooms.clock.now()
        next_at = rooms.store.glance(notify.next_at, busy=crew.busy) if crew.free else None
        if next_at is not None and next_at <= now:
            posts = await _claimed(rooms, crew, opened)
            for post in posts:
                crew.start(post.endpoint.id, _post(rooms, post), harmless_to_stop=lambda: False)
            if posts:
                continue
        await bell.wait(seen, rest(next_at, now))


async def _claimed(rooms: Rooms, crew: Crew, opened: notify.Open) -> Sequence[notify.Post]:
    """Claim what is due."""

    async def put_back(post: notify.Post) -> None:
        await persist(rooms.store, notify.put_back, post.notification.id, post.notification.fence)

    return await take(
        rooms.store,
        put_back,
        notify.claim,
        crew.free,
        each=crew.each,
        busy=crew.busy,
        opened=opened,
        now=rooms.clock.now(),
    )


async def _post(rooms: Rooms, post: notify.Post) -> None:
    notification = post.notification
    started_at = rooms.clock.now()
    headers = signed_headers(notification.event_id, notification.body, post.secrets, started_at)
    said = log.bind(notification_id=notification.id, event_id=notification.event_id)
    try:
        posted = await rooms.poster.post(post.endpoint.url, headers, notification.body)
    except Exception:  # noqa: BLE001  whatever went wrong, the attempt has to be recorded
        # A defect of ours: without a record nobody would look at this notification again before a restart.
        said.exception("post broke off")
        posted = Posted(0, fault="LoftBox failed in this attempt")
    try:
        after = await persist(
            rooms.store,
            notify.record,
            notification.id,
            notification.fence,
            posted,
            waits=rooms.webhook_waits,
            spread=rooms.spread(),
            started_at=started_at,
            now=rooms.clock.now(),
        )
    except LeaseLost as error:
        said.warning("notification taken over", why=error.fact)
        return
    said.info("webhook posted", state=after.state.value, status=posted.status, fault=posted.fault)
