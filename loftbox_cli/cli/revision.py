"""The option by which a person says which revision of a message they have read."""

from typing import Annotated

import typer

from loftbox_cli.core.errors import BadInput

REVISION = Annotated[
    str,
    typer.Option(
        metavar="N",
        help="The revision that you read. A message that was edited since 1 needs its number, "
        "so that nobody decides about what they did not see.",
    ),
]


def revision_number(revision: str) -> int:
    """Read it; raises BadInput."""
    if not (revision.isascii() and revision.isdecimal()) or len(revision) > 9:
        raise BadInput(
            f"{revision[:80]!r} is not a revision",
            fix="loftbox approvals show tells it: a number from 1",
            field="--revision",
        )
    return int(revision)
