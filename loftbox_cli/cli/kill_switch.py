"""What `loftbox pause` and `loftbox resume` take alike: the scope, and the name of what is meant."""

from typing import TYPE_CHECKING, Annotated

import typer

from loftbox_cli.cli.words import one_of
from loftbox_cli.core.errors import BadInput

if TYPE_CHECKING:
    from loftbox_cli.core.pause import PauseScope

SCOPE = Annotated[
    str, typer.Argument(metavar="SCOPE", help="gateway, domain, agent, mailbox or destination.")
]
NAME = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help="Which one, by id or name; none for the gateway.", show_default=False
    ),
]


def scope_of(word: str, name: str) -> "PauseScope":
    """Read the scope; raises BadInput when the name is missing or one too many."""
    from loftbox_cli.core.pause import PauseScope

    scope = one_of(PauseScope, word, field="scope")
    if scope is PauseScope.GATEWAY and name:
        raise BadInput("there is one gateway, and it has no name", fix="leave the name out", field="name")
    if scope is not PauseScope.GATEWAY and not name:
        listed = "queue" if scope is PauseScope.DESTINATION else scope
        raise BadInput(f"which {scope}?", fix=f"loftbox {listed} list shows what there is", field="name")
    return scope
