"""`loftbox domain`: domains that you proved to own."""

from typing import TYPE_CHECKING, Annotated

import typer

from loftbox_cli.cli.domain_route import change
from loftbox_cli.cli.each import through_each
from loftbox_cli.cli.noun import noun
from loftbox_cli.cli.opened import opened
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.pages import Pages, paged
from loftbox_cli.cli.shows import shows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from loftbox_cli.core.dkim_key import DkimKey
    from loftbox_cli.core.domain import Review
    from loftbox_cli.core.ids import RequestId
    from loftbox_cli.core.page import Page
    from loftbox_cli.core.views.domain import DomainView
    from loftbox_cli.core.views.form import ListView
    from loftbox_cli.services.domains import NewDomain
    from loftbox_cli.services.tx import Tx
    from loftbox_cli.wiring import LoftBox

app = noun()

_DOMAIN = Annotated[str, typer.Argument(metavar="DOMAIN", help="Its name or id.")]


@app.command("add")
@shows
def add(
    name: Annotated[
        str, typer.Argument(metavar="DOMAIN", help="A domain, or a part of one: support.example.com.")
    ],
    use_case: Annotated[
        str, typer.Option(metavar="TEXT", help="What mail it will send, for the review.")
    ] = "",
    *,
    out: Output,
) -> None:
    """Take a domain in: make its ownership token, its DKIM keys and the list of its records."""
    from loftbox_cli.core.views.domain import DomainView
    from loftbox_cli.edge.system.chance import secret_octets
    from loftbox_cli.services import preparing

    out.expect(DomainView)
    with opened() as loftbox:
        now = loftbox.clock.now()
        new = preparing.new_domain(
            name, use_case, signer=loftbox.signer, sealer=loftbox.sealer, chance=secret_octets, now=now
        )
        view = loftbox.store.write(_add, new, loftbox.settings.gateway.approve_domains, now)
    out.show(view)
    out.next(f"loftbox domain records {view.name}")


def _add(tx: "Tx", new: "NewDomain", approved: bool, now: "datetime") -> "DomainView":
    from loftbox_cli.services import domains, shown

    return shown.domain(tx, domains.add(tx, new, approved=approved, now=now), now)


@app.command("list")
@shows
@paged
def list_domains(*, pages: Pages, out: Output) -> None:
    """List the domains, newest first."""
    from loftbox_cli.core.views.domain import DomainView
    from loftbox_cli.services import domains, shown

    with opened() as loftbox:
        now = loftbox.clock.now()

        def read(tx: "Tx", page: "Page") -> "ListView[DomainView]":
            return shown.page(tx, domains.page(tx, page), lambda tx, domain: shown.domain(tx, domain, now))

        pages.write(out, lambda page: loftbox.store.glance(read, page), of=DomainView)


@app.command("show")
@shows
def show(
    domain: Annotated[
        list[str], typer.Argument(metavar="DOMAIN...", help="Name or id; - reads ids from standard input.")
    ],
    *,
    out: Output,
) -> None:
    """Show a domain, and what the last look at its DNS found.

    While its DKIM keys change, each is shown with its phase.
    """
    from loftbox_cli.core.dkim_rotation import KeyPhase
    from loftbox_cli.core.views.domain import DkimKeyView, DomainView, FindingView
    from loftbox_cli.services import domains, shown

    with opened() as loftbox:
        now = loftbox.clock.now()

        def read(tx: "Tx", name: str) -> DomainView:
            return shown.domain(tx, domains.find(tx, name), now)

        view = through_each(out, domain, lambda name: loftbox.store.glance(read, name), of=DomainView)
    if view is None:
        return
    if any(key.phase is not KeyPhase.SIGNING for key in view.dkim):
        out.table(view.dkim, of=DkimKeyView)
    out.table(view.records, of=FindingView)
    if view.checked_at is None:
        out.next(f"loftbox domain verify {view.name}")


@app.command("records")
@shows
def records(
    domain: _DOMAIN,
    zone: Annotated[
        bool, typer.Option("--zone", help="Write a block for a zone file, and nothing else.")
    ] = False,
    *,
    out: Output,
) -> None:
    """List the DNS records to publish, with their full names and as a provider's form asks for them."""
    from loftbox_cli.cli.domain_records import PublishView, publish_views, spelled_out
    from loftbox_cli.core.records import zone_text
    from loftbox_cli.services import domains

    with opened() as loftbox:
        _check_hostname(loftbox)
        found = loftbox.store.glance(domains.find, domain)
        listed = loftbox.records(found)
    if zone:
        out.block(zone_text(listed))
        return
    if out.for_people and not out.fields:
        out.block(spelled_out(listed, found.name))
    else:
        out.listing(publish_views(listed, found.name), of=PublishView)
    out.say("publish these at your DNS provider, and let it look again")
    out.next(f"loftbox domain verify {found.name}")


@app.command("rotate-dkim")
@shows
def rotate_dkim(domain: _DOMAIN, *, out: Output) -> None:
    """Give a domain other DKIM keys, without a gap.

    The next keys sign as soon as loftbox domain verify, or the daily look, finds their
    records in DNS. The keys that signed until then keep their records for seven days more;
    loftbox domain show tells when they may go.
    """
    from loftbox_cli.core.views.domain import DkimKeyView, DomainView
    from loftbox_cli.services import domains, preparing

    out.expect(DomainView)
    with opened() as loftbox:
        now = loftbox.clock.now()
        taken = [key.selector for key in loftbox.store.glance(domains.check_may_rotate, domain)]
        new = preparing.new_keys(taken, signer=loftbox.signer, sealer=loftbox.sealer, now=now)
        view = loftbox.store.write(_rotate, domain, new, loftbox.request_id(), now)
    out.show(view)
    out.table(view.dkim, of=DkimKeyView)
    out.say("publish the records of the next keys, and leave the others where they are")
    out.next(f"loftbox domain records {view.name}")


def _rotate(
    tx: "Tx", name: str, new: "Sequence[DkimKey]", request_id: "RequestId", now: "datetime"
) -> "DomainView":
    from loftbox_cli.services import domains, shown

    return shown.domain(tx, domains.rotate(tx, name, new, request_id=request_id, now=now), now)


def _check_hostname(loftbox: "LoftBox") -> None:
    """Refuse to speak of records while nobody said where they point."""
    from loftbox_cli.core.errors import BadConfiguration

    if not loftbox.settings.gateway.hostname:
        raise BadConfiguration(
            "this gateway has no name that records could point at",
            fix=f"set hostname below [gateway] in {loftbox.loaded.file or 'the settings file'}",
            field="gateway.hostname",
        )


@app.command("verify")
@shows
def verify(
    domain: _DOMAIN,
    wait: Annotated[
        str, typer.Option(metavar="DURATION", help="Look again until it is verified, at most so long: 10m.")
    ] = "",
    *,
    out: Output,
) -> None:
    """Look at a domain's DNS now and say what is missing.

    Exit code 0: verified. 3: DNS says otherwise. 75: DNS did not answer.
    """
    import asyncio

    from loftbox_cli.cli.domain_records import code_of, write_findings
    from loftbox_cli.cli.domain_watch import look_until_verified
    from loftbox_cli.core.duration import parse_duration
    from loftbox_cli.core.views.domain import DomainView
    from loftbox_cli.services import domains, shown

    patience = parse_duration(wait, field="--wait") if wait else None
    with opened() as loftbox:
        _check_hostname(loftbox)
        found = loftbox.store.glance(domains.find, domain)
        looked = asyncio.run(look_until_verified(loftbox, found, patience, out.say))
        now = loftbox.clock.now()
        view: DomainView = loftbox.store.glance(shown.domain, looked, now)
    write_findings(out, view)
    raise typer.Exit(code_of(view))


app.command("set")(change)


@app.command("review")
@shows
def review(
    domain: _DOMAIN,
    approve: Annotated[bool, typer.Option("--approve", help="It may send what it declared.")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="It may not send.")] = False,
    suspend: Annotated[bool, typer.Option("--suspend", help="It may not send for now.")] = False,
    *,
    out: Output,
) -> None:
    """Say what you, the operator, think of the declared use: only an approved domain sends."""
    from loftbox_cli.core.domain import Review
    from loftbox_cli.core.errors import BadInput
    from loftbox_cli.core.views.domain import DomainView

    out.expect(DomainView)
    said = [
        verdict
        for verdict, given in (
            (Review.APPROVED, approve),
            (Review.REJECTED, reject),
            (Review.SUSPENDED, suspend),
        )
        if given
    ]
    if len(said) != 1:
        raise BadInput("a review says one thing", fix="give --approve, --reject or --suspend")
    with opened() as loftbox:
        view = loftbox.store.write(_review, domain, said[0], loftbox.request_id(), loftbox.clock.now())
    out.show(view)


def _review(tx: "Tx", name: str, verdict: "Review", request_id: "RequestId", now: "datetime") -> "DomainView":
    from loftbox_cli.services import domains, shown

    return shown.domain(tx, domains.review(tx, name, verdict, request_id=request_id, now=now), now)
