"""`loftbox domain set`: where the mail of a domain goes."""

from typing import TYPE_CHECKING, Annotated

import typer

from loftbox_cli.cli.opened import opened
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.shows import shows

if TYPE_CHECKING:
    from datetime import datetime

    from loftbox_cli.core.actor import Actor
    from loftbox_cli.core.domain import Domain
    from loftbox_cli.core.ids import RequestId
    from loftbox_cli.core.views.domain import DomainView
    from loftbox_cli.services.tx import DomainRoute, Tx


@shows
def change(
    domain: Annotated[str, typer.Argument(metavar="DOMAIN", help="Its name or id.")],
    smarthost: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="Server that takes all its mail: smtps://user@host, smtp+tls://user@host:587, host:port;"
            " or direct, or default.",
        ),
    ],
    password_file: Annotated[
        str,
        typer.Option(
            metavar="FILE", help="Where its password is; - is standard input. Else the keyring is asked."
        ),
    ] = "",
    *,
    out: Output,
) -> None:
    """Set where a domain's mail goes: straight to the recipients' servers, or all to one.

    The password is kept sealed and never shown. From the next attempt on mail goes the new way.
    """
    from loftbox_cli.cli.password import read_password
    from loftbox_cli.core.views.domain import DomainView
    from loftbox_cli.services import domains, routes
    from loftbox_cli.wiring import system_user

    out.expect(DomainView)
    with opened() as loftbox:
        now = loftbox.clock.now()
        found = loftbox.store.glance(domains.find, domain)
        password = read_password(password_file) if password_file else _in_keyring(smarthost)
        chosen = routes.prepare(found, smarthost, password, loftbox.sealer, now=now)
        view = loftbox.store.write(_choose, found, chosen, system_user(), loftbox.request_id(), now)
    out.show(view)


def _in_keyring(smarthost: str) -> str:
    """The password that the keyring holds for a server with a login, or ""."""
    from loftbox_cli.core.smarthost import parse_smarthost
    from loftbox_cli.edge.system.smarthost_password import password_in_keyring
    from loftbox_cli.services import routes

    server = None if smarthost in (routes.DIRECT, routes.DEFAULT) else parse_smarthost(smarthost)
    return password_in_keyring(server) if server is not None and server.user else ""


def _choose(
    tx: "Tx",
    domain: "Domain",
    chosen: "DomainRoute | None",
    by: "Actor",
    request_id: "RequestId",
    now: "datetime",
) -> "DomainView":
    from loftbox_cli.services import routes, shown

    routes.choose(tx, domain, chosen, by=by, request_id=request_id, now=now)
    return shown.domain(tx, domain, now)
