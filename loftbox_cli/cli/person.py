"""`loftbox person`: operators and approvers."""

from typing import TYPE_CHECKING, Annotated

import typer

from loftbox_cli.cli.each import through_each
from loftbox_cli.cli.noun import noun
from loftbox_cli.cli.opened import opened
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.pages import Pages, paged
from loftbox_cli.cli.shows import shows
from loftbox_cli.cli.words import one_of

if TYPE_CHECKING:
    from loftbox_cli.core.page import Page
    from loftbox_cli.core.views.form import ListView
    from loftbox_cli.core.views.person import PersonView
    from loftbox_cli.services.tx import Tx

app = noun()


@app.command("create")
@shows
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The person's name.")],
    address: Annotated[str, typer.Option(metavar="ADDRESS", help="Where notices go.")],
    role: Annotated[str, typer.Option(metavar="ROLE", help="operator or approver.")] = "approver",
    system_user: Annotated[
        str, typer.Option(metavar="USER", help="The user of this system as whom the person types commands.")
    ] = "",
    *,
    out: Output,
) -> None:
    """Register a person who decides or operates."""
    from loftbox_cli import wiring
    from loftbox_cli.core.person import Role
    from loftbox_cli.core.views.person import PersonView, person_view
    from loftbox_cli.services import persons

    out.expect(PersonView)
    wanted = one_of(Role, role, field="--role")
    with opened() as loftbox:
        made = loftbox.store.write(
            persons.create,
            name=name,
            address=address,
            role=wanted,
            system_user=system_user,
            by=wiring.system_user(),
            request_id=loftbox.request_id(),
            now=loftbox.clock.now(),
        )
    out.show(person_view(made))
    out.next(f"loftbox key create {made.id} --scope read --scope approve")


@app.command("list")
@shows
@paged
def list_persons(*, pages: Pages, out: Output) -> None:
    """List the persons, newest first."""
    from loftbox_cli.core.views.form import list_view
    from loftbox_cli.core.views.person import PersonView, person_view
    from loftbox_cli.services import persons

    def read(tx: "Tx", page: "Page") -> "ListView[PersonView]":
        return list_view(persons.page(tx, page), person_view)

    with opened() as loftbox:
        pages.write(out, lambda page: loftbox.store.glance(read, page), of=PersonView)


@app.command("show")
@shows
def show(
    person: Annotated[
        list[str],
        typer.Argument(metavar="PERSON...", help="Id, address or name; - reads ids from standard input."),
    ],
    *,
    out: Output,
) -> None:
    """Show a person."""
    from loftbox_cli.core.views.person import PersonView, person_view
    from loftbox_cli.services import persons

    with opened() as loftbox:
        through_each(
            out, person, lambda name: person_view(loftbox.store.glance(persons.find, name)), of=PersonView
        )


@app.command("set")
@shows
def set_person(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Id, address or name.")],
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Another name.", show_default=False)
    ] = None,
    address: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Where notices go.", show_default=False)
    ] = None,
    role: Annotated[
        str | None, typer.Option(metavar="ROLE", help="operator or approver.", show_default=False)
    ] = None,
    system_user: Annotated[
        str | None,
        typer.Option(
            metavar="USER",
            help='The user of this system as whom the person types commands; "" for none.',
            show_default=False,
        ),
    ] = None,
    *,
    out: Output,
) -> None:
    """Change what is known of a person.

    Who is one human as a user of this system, by a key and by a link, then stays one when
    it is asked who sent a message and who decides about it.
    """
    from loftbox_cli import wiring
    from loftbox_cli.core.errors import BadInput
    from loftbox_cli.core.person import Role
    from loftbox_cli.core.views.person import PersonView, person_view
    from loftbox_cli.services import persons
    from loftbox_cli.services.persons import PersonChanges

    out.expect(PersonView)
    wanted = None if role is None else one_of(Role, role, field="--role")
    changes = PersonChanges(name=name, address=address, role=wanted, system_user=system_user)
    if changes == PersonChanges():
        raise BadInput("nothing is to be changed", fix="give --name, --address, --role or --system-user")
    with opened() as loftbox:
        changed = loftbox.store.write(
            persons.change,
            person,
            changes,
            by=wiring.system_user(),
            request_id=loftbox.request_id(),
            now=loftbox.clock.now(),
        )
    out.show(person_view(changed))
