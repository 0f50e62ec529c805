"""An approval as a person reads it before answering: nothing is left out, and what hides is marked."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from loftbox_cli.cli.output import Output
from loftbox_cli.core.invisible import marked
from loftbox_cli.core.reading import HeaderField
from loftbox_cli.core.views.approval import ApprovalView, HeldByView, RevisionView
from loftbox_cli.core.views.message import AttachmentView

if TYPE_CHECKING:
    from loftbox_cli.core.views.message import PartyView


def for_eyes(view: ApprovalView) -> ApprovalView:
    """The view for a person: characters that nobody sees are spelt out. Programs get them as they are."""
    return replace(
        view,
        subject=marked(view.subject),
        to=tuple(map(_party, view.to)),
        cc=tuple(map(_party, view.cc)),
        bcc=tuple(map(_party, view.bcc)),
    )


def _party(party: "PartyView") -> "PartyView":
    return replace(party, name=marked(party.name))


def write(out: Output, view: ApprovalView) -> None:
    """Write what stands below the head: rules, fields, the text, files and each edit with its difference."""
    out.table(view.rules, of=HeldByView)
    out.more(agreement(view.agreed, view.approvers))
    for name, parties in (("to", view.to), ("cc", view.cc), ("bcc", view.bcc)):
        out.more("\n".join(f"{name}: {marked(each.name)} <{each.address}>" for each in parties if each.name))
    headers = (HeaderField(each.name, marked(each.value)) for each in view.headers)
    out.table(headers, of=HeaderField)
    out.more(marked(view.text))
    out.more(marked(view.html))
    files = (replace(each, filename=marked(each.filename)) for each in view.attachments)
    out.table(files, of=AttachmentView)
    out.table(view.revisions, of=RevisionView)
    for revision in view.revisions:
        out.more("\n".join(map(marked, revision.diff)))


def agreement(agreed: Sequence[str], approvers: int) -> str:
    """How many of the persons who have to agree did, and who; "" where one is enough."""
    if approvers == 1:
        return ""
    who = f": {', '.join(agreed)}" if agreed else ""
    return f"{len(agreed)} of {approvers} persons agreed{who}"
