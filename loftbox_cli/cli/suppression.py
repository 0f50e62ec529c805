"""`loftbox suppression`: recipients that a domain does not write to, and why."""

from typing import TYPE_CHECKING, Annotated

import typer

from loftbox_cli.cli.each import through_each
from loftbox_cli.cli.noun import noun
from loftbox_cli.cli.opened import opened
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.pages import Pages, paged
from loftbox_cli.cli.shows import shows

if TYPE_CHECKING:
    from loftbox_cli.core.page import Page
    from loftbox_cli.core.views.form import ListView
    from loftbox_cli.core.views.suppression import SuppressionView
    from loftbox_cli.services.tx import Tx

app = noun()

SUPPRESSIONS = Annotated[
    list[str], typer.Argument(metavar="SUPPRESSION...", help="Id; - reads ids from standard input.")
]


@app.command("list")
@shows
@paged
def list_suppressions(
    domain: Annotated[str, typer.Option(metavar="DOMAIN", help="Only those of this sending domain.")] = "",
    address: Annotated[str, typer.Option(metavar="ADDRESS", help="Only those of this recipient.")] = "",
    *,
    pages: Pages,
    out: Output,
) -> None:
    """List the recipients that are suppressed, or were, newest first."""
    from loftbox_cli.core.views.suppression import SuppressionView
    from loftbox_cli.services import shown, suppressions

    with opened() as loftbox:
        now = loftbox.clock.now()

        def read(tx: "Tx", page: "Page") -> "ListView[SuppressionView]":
            found = suppressions.page(tx, page, domain=domain, address=address)
            return shown.page(tx, found, lambda tx, each: shown.suppression(tx, each, now))

        pages.write(out, lambda page: loftbox.store.glance(read, page), of=SuppressionView)


@app.command("show")
@shows
def show(suppression: SUPPRESSIONS, *, out: Output) -> None:
    """Show a suppression: what led to it, and until when it holds."""
    from loftbox_cli.core.views.suppression import SuppressionView
    from loftbox_cli.services import shown, suppressions

    with opened() as loftbox:

        def read(tx: "Tx", suppression_id: str) -> SuppressionView:
            return shown.suppression(tx, suppressions.find(tx, suppression_id), loftbox.clock.now())

        through_each(out, suppression, lambda each: loftbox.store.glance(read, each), of=SuppressionView)


@app.command("add")
@shows
def add(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The recipient.")],
    domain: Annotated[str, typer.Option(metavar="DOMAIN", help="The sending domain that it holds for.")],
    why: Annotated[str, typer.Option(metavar="TEXT", help="Why, for the one who looks later.")] = "",
    expires: Annotated[
        str, typer.Option(metavar="DURATION", help="Its end from now, such as 90d. [default: none]")
    ] = "",
    *,
    out: Output,
) -> None:
    """Let a domain write to this recipient no more."""
    from loftbox_cli.core.duration import parse_duration
    from loftbox_cli.core.views.suppression import SuppressionView
    from loftbox_cli.services import shown, suppressions
    from loftbox_cli.wiring import system_user

    out.expect(SuppressionView)
    span = parse_duration(expires, field="--expires") if expires else None
    with opened() as loftbox:
        now = loftbox.clock.now()

        def put(tx: "Tx") -> SuppressionView:
            made = suppressions.add(
                tx,
                domain=domain,
                address=address,
                why=why,
                expires_at=None if span is None else now + span,
                by=system_user(),
                now=now,
            )
            return shown.suppression(tx, made, now)

        made = loftbox.store.write(put)
    out.show(made)
    out.next(f"loftbox suppression release {made.id}")


@app.command("release")
@shows
def release(suppression: SUPPRESSIONS, *, out: Output) -> None:
    """Let a recipient be written to again; what was withheld stays unsent."""
    from loftbox_cli.core.views.suppression import SuppressionView
    from loftbox_cli.services import shown, suppressions
    from loftbox_cli.wiring import system_user

    with opened() as loftbox:

        def end(tx: "Tx", suppression_id: str) -> SuppressionView:
            now = loftbox.clock.now()
            return shown.suppression(
                tx, suppressions.release(tx, suppression_id, by=system_user(), now=now), now
            )

        through_each(out, suppression, lambda each: loftbox.store.write(end, each), of=SuppressionView)
