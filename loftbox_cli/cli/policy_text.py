"""What the verbs of `loftbox policy` share: the text of a file, who types, and what is meant."""

from typing import TYPE_CHECKING, Any

from loftbox_cli.core.errors import BadInput

if TYPE_CHECKING:
    from loftbox_cli.core.policy.stored import BindingScope
    from loftbox_cli.wiring import LoftBox

STDIN = "-"


def read_text(file: str) -> str:
    """Read a policy's text; raises BadInput."""
    from loftbox_cli.cli.draft_options import text_of

    return text_of(file, field="FILE")


def place_of(file: str) -> str:
    """What its errors call it."""
    return "standard input" if file == STDIN else file


def good_text(file: str) -> str:
    """Read a text that is a policy; raises BadInput with file and line."""
    from loftbox_cli.core.policy.read import read_policy

    text = read_text(file)
    read_policy(text, place_of(file))
    return text


def who(loftbox: "LoftBox") -> dict[str, Any]:
    """Who changes a policy, and when."""
    from loftbox_cli.wiring import system_user

    return {"by": system_user(), "request_id": loftbox.request_id(), "now": loftbox.clock.now()}


def target_of(mailbox: str, agent: str, domain: str, *, everything: bool) -> "tuple[BindingScope, str]":
    """The one thing that was named; raises BadInput for none and for several."""
    from loftbox_cli.core.policy.stored import BindingScope

    named = [
        (scope, name)
        for scope, name in (
            (BindingScope.MAILBOX, mailbox),
            (BindingScope.AGENT, agent),
            (BindingScope.DOMAIN, domain),
            (BindingScope.ALL, "all" if everything else ""),
        )
        if name
    ]
    if len(named) != 1:
        raise BadInput(
            "a policy is bound to one thing at a time",
            fix="give one of --mailbox, --agent, --domain and --all",
        )
    return named[0]


def number_of(version: str) -> int | None:
    """Read a version; None for the newest. Raises BadInput."""
    if not version:
        return None
    if not (version.isascii() and version.isdecimal()) or len(version) > 9:
        raise BadInput(f"{version[:80]!r} is not a version", fix="it is a number from 1", field="--version")
    return int(version)
