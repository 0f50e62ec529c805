"""`loftbox webhook`: URLs that get events, and what was posted to them."""

from typing import TYPE_CHECKING, Annotated

import typer

from loftbox_cli.cli.each import through_each
from loftbox_cli.cli.noun import noun
from loftbox_cli.cli.opened import opened
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.pages import Pages, paged
from loftbox_cli.cli.shows import shows
from loftbox_cli.cli.words import NONE

if TYPE_CHECKING:
    from datetime import datetime

    from loftbox_cli.core.endpoint import Endpoint, EndpointStatus
    from loftbox_cli.core.page import Page
    from loftbox_cli.core.views.form import ListView
    from loftbox_cli.core.views.webhook import EndpointView, NotificationView
    from loftbox_cli.services.tx import Tx

app = noun()


@app.command("create")
@shows
def create(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where events are posted.")],
    event: Annotated[
        list[str],
        typer.Option(
            metavar="TYPE",
            help="An event type that is wanted, once for each; all without.",
            show_default=False,
        ),
    ] = NONE,
    agent: Annotated[
        str, typer.Option(metavar="AGENT", help="Only events of this one's mailboxes: id or name.")
    ] = "",
    *,
    out: Output,
) -> None:
    """Register a URL and show its signing secret, this once (-q writes the id, without it)."""
    from loftbox_cli.core.views.webhook import NewEndpointView, new_endpoint_view
    from loftbox_cli.edge.system.chance import secret_octets
    from loftbox_cli.services import preparing, webhooks

    out.expect(NewEndpointView)
    with opened() as loftbox:
        networks = loftbox.settings.webhooks.allow_networks
        target, events = webhooks.check(url, event, networks=networks)
        secret = preparing.new_secret(sealer=loftbox.sealer, chance=secret_octets)
        made = loftbox.store.write(_create, target, events, agent, secret.sealed, loftbox.clock.now())
    out.show(new_endpoint_view(made, secret.text))
    out.say("keep the secret now: nobody can show it again")
    out.next(f"loftbox webhook notifications {made.id}")


def _create(
    tx: "Tx", url: str, events: tuple[str, ...], agent: str, sealed: bytes, now: "datetime"
) -> "Endpoint":
    from loftbox_cli.services import agents, webhooks
    from loftbox_cli.services.tx import EVERYTHING

    agent_id = agents.find(tx, agent, EVERYTHING).id if agent else None
    return webhooks.create(tx, url=url, events=events, agent_id=agent_id, sealed=sealed, now=now)


@app.command("list")
@shows
@paged
def list_webhooks(*, pages: Pages, out: Output) -> None:
    """List the URLs, newest first."""
    from loftbox_cli.core.views.form import list_view
    from loftbox_cli.core.views.webhook import EndpointView, endpoint_view
    from loftbox_cli.services import webhooks
    from loftbox_cli.services.tx import EVERYTHING

    def read(tx: "Tx", page: "Page") -> "ListView[EndpointView]":
        return list_view(webhooks.page(tx, page, EVERYTHING), endpoint_view)

    with opened() as loftbox:
        pages.write(out, lambda page: loftbox.store.glance(read, page), of=EndpointView)


@app.command("show")
@shows
def show(
    webhook: Annotated[
        list[str], typer.Argument(metavar="WEBHOOK...", help="Id; - reads ids from standard input.")
    ],
    *,
    out: Output,
) -> None:
    """Show a URL, without its secret."""
    from loftbox_cli.core.views.webhook import EndpointView, endpoint_view
    from loftbox_cli.services import webhooks
    from loftbox_cli.services.tx import EVERYTHING

    with opened() as loftbox:
        through_each(
            out,
            webhook,
            lambda each: endpoint_view(loftbox.store.glance(webhooks.find, each, EVERYTHING)),
            of=EndpointView,
        )


@app.command("notifications")
@shows
@paged
def notifications(
    webhook: Annotated[str, typer.Argument(metavar="WEBHOOK", help="Its id.")],
    *,
    pages: Pages,
    out: Output,
) -> None:
    """List what was or will be posted to a URL, newest first, with how each attempt was answered."""
    from loftbox_cli.core.views.form import list_view
    from loftbox_cli.core.views.webhook import NotificationView
    from loftbox_cli.services import shown, webhooks
    from loftbox_cli.services.tx import EVERYTHING

    def read(tx: "Tx", page: "Page") -> "ListView[NotificationView]":
        return list_view(webhooks.notifications(tx, webhook, page, EVERYTHING), shown.notification)

    with opened() as loftbox:
        pages.write(out, lambda page: loftbox.store.glance(read, page), of=NotificationView)


@app.command("resend")
@shows
def resend(
    notification: Annotated[
        list[str], typer.Argument(metavar="NOTIFICATION...", help="Id; - reads ids from standard input.")
    ],
    *,
    out: Output,
) -> None:
    """Post an event again, as a new notification of the same event."""
    from loftbox_cli.core.views.webhook import NotificationView
    from loftbox_cli.services import shown, webhooks
    from loftbox_cli.services.tx import EVERYTHING

    with opened() as loftbox:

        def again(notification_id: str) -> NotificationView:
            return shown.notification(
                loftbox.store.write(webhooks.resend, notification_id, EVERYTHING, now=loftbox.clock.now())
            )

        through_each(out, notification, again, of=NotificationView)


@app.command("disable")
@shows
def disable(
    webhook: Annotated[
        list[str], typer.Argument(metavar="WEBHOOK...", help="Id; - reads ids from standard input.")
    ],
    *,
    out: Output,
) -> None:
    """Stop posting to a URL; what waits for it is kept."""
    from loftbox_cli.core.endpoint import EndpointStatus

    _switch(webhook, EndpointStatus.DISABLED, out)


@app.command("enable")
@shows
def enable(
    webhook: Annotated[
        list[str], typer.Argument(metavar="WEBHOOK...", help="Id; - reads ids from standard input.")
    ],
    *,
    out: Output,
) -> None:
    """Post to a disabled URL again, beginning with what waits for it."""
    from loftbox_cli.core.endpoint import EndpointStatus

    _switch(webhook, EndpointStatus.ACTIVE, out)


def _switch(given: list[str], status: "EndpointStatus", out: Output) -> None:
    from loftbox_cli.core.views.webhook import EndpointView, endpoint_view
    from loftbox_cli.services import webhooks
    from loftbox_cli.wiring import system_user

    with opened() as loftbox:

        def switched(endpoint_id: str) -> EndpointView:
            return endpoint_view(
                loftbox.store.write(
                    webhooks.switch,
                    endpoint_id,
                    status,
                    by=system_user(),
                    request_id=loftbox.request_id(),
                    now=loftbox.clock.now(),
                )
            )

        through_each(out, given, switched, of=EndpointView)
