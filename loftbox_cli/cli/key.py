"""`loftbox key`: API keys. The text of a key is shown once, when it is made."""

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from loftbox_cli.cli.each import through_each
from loftbox_cli.cli.noun import noun
from loftbox_cli.cli.opened import opened
from loftbox_cli.cli.output import Mode, Output
from loftbox_cli.cli.pages import Pages, paged
from loftbox_cli.cli.shows import shows
from loftbox_cli.cli.words import one_of

if TYPE_CHECKING:
    from loftbox_cli.core.page import Page
    from loftbox_cli.core.views.form import ListView
    from loftbox_cli.core.views.key import KeyView
    from loftbox_cli.services.tx import Tx

app = noun()


@app.command("create")
@shows
def create(
    owner: Annotated[
        str, typer.Argument(metavar="OWNER", help="The agent or person: id or name, or a person's address.")
    ],
    scope: Annotated[
        list[str],
        typer.Option(
            metavar="SCOPE",
            help="What the key may do, once for each: send and read for an agent; "
            "read, approve and manage for a person.",
        ),
    ],
    name: Annotated[str, typer.Option(metavar="TEXT", help="What the key is for.")] = "",
    expires: Annotated[
        str, typer.Option(metavar="DURATION", help="End of its life from now, such as 30d. [default: none]")
    ] = "",
    *,
    out: Output,
) -> None:
    """Make an API key and show its text, this once. With -q the text alone is written."""
    from loftbox_cli.core.duration import parse_duration
    from loftbox_cli.core.key import Scope
    from loftbox_cli.core.views.key import NewKeyView
    from loftbox_cli.edge.system.chance import secret_octets
    from loftbox_cli.services import keys, shown
    from loftbox_cli.wiring import system_user

    out.expect(NewKeyView)
    scopes = frozenset(one_of(Scope, word, field="--scope") for word in scope)
    span = parse_duration(expires, field="--expires") if expires else None
    with opened() as loftbox:
        now = loftbox.clock.now()
        made = loftbox.store.write(
            keys.create,
            owner_id=loftbox.store.glance(_owner_id, owner),
            name=name,
            scopes=scopes,
            secret=secret_octets(),
            expires_at=None if span is None else now + span,
            by=system_user(),
            request_id=loftbox.request_id(),
            now=now,
        )
    if out.mode is Mode.IDS:
        out.block(made.text)
        return
    out.show(shown.new_key(made, now))
    out.say("keep it now: it is stored as a hash, and nobody can show it again")


def _owner_id(tx: "Tx", owner: str) -> str:
    """The id of an agent or a person; raises NotFound, and BadInput for a name that both have."""
    from loftbox_cli.core.errors import BadInput, NotFound
    from loftbox_cli.services import agents, persons
    from loftbox_cli.services.tx import EVERYTHING

    found: list[str] = []
    with suppress(NotFound):
        found.append(agents.find(tx, owner, EVERYTHING).id)
    with suppress(NotFound):
        found.append(persons.find(tx, owner).id)
    if not found:
        raise NotFound(
            f"there is no agent and no person {owner}",
            fix="loftbox agent list and loftbox person list show who there is",
            field="owner",
        )
    if len(found) > 1:
        raise BadInput(
            f"{owner} is the name of an agent and of a person",
            fix=f"give {' or '.join(found)}",
            field="owner",
        )
    return found[0]


@app.command("list")
@shows
@paged
def list_keys(*, pages: Pages, out: Output) -> None:
    """List the keys, newest first, without their text."""
    from loftbox_cli.core.views.form import list_view
    from loftbox_cli.core.views.key import KeyView, key_view
    from loftbox_cli.services import keys

    with opened() as loftbox:
        now = loftbox.clock.now()

        def read(tx: "Tx", page: "Page") -> "ListView[KeyView]":
            return list_view(keys.page(tx, page), lambda key: key_view(key, now))

        pages.write(out, lambda page: loftbox.store.glance(read, page), of=KeyView)


@app.command("revoke")
@shows
def revoke(
    key: Annotated[list[str], typer.Argument(metavar="KEY...", help="Id; - reads ids from standard input.")],
    *,
    out: Output,
) -> None:
    """End a key at once; revoking it again changes nothing."""
    from loftbox_cli.core.views.key import KeyView, key_view
    from loftbox_cli.services import keys
    from loftbox_cli.wiring import system_user

    with opened() as loftbox:

        def end(key_id: str) -> KeyView:
            now = loftbox.clock.now()
            revoked = loftbox.store.write(
                keys.revoke, key_id, by=system_user(), request_id=loftbox.request_id(), now=now
            )
            return key_view(revoked, now)

        through_each(out, key, end, of=KeyView)
