"""`loftbox approvals edit`: other words, another subject or other recipients for what waits."""

from typing import TYPE_CHECKING, Annotated

import typer

from loftbox_cli.cli.exit_codes import ExitCode
from loftbox_cli.cli.opened import opened
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.revision import REVISION, revision_number
from loftbox_cli.cli.shows import shows
from loftbox_cli.cli.words import NONE

if TYPE_CHECKING:
    from loftbox_cli.core.reading import Party
    from loftbox_cli.core.revision import Changes
    from loftbox_cli.services.approvals import Decided
    from loftbox_cli.services.revising import Grounds
    from loftbox_cli.wiring import LoftBox


@shows
def edit(  # each is an option of its own
    approval: Annotated[str, typer.Argument(metavar="APPROVAL", help="Its id.")],
    revision: REVISION = "1",
    to: Annotated[
        list[str], typer.Option(metavar="ADDRESS", help="Whom to send it to instead; once for each.")
    ] = NONE,
    cc: Annotated[
        list[str], typer.Option(metavar="ADDRESS", help='Who gets a copy instead; "" for nobody.')
    ] = NONE,
    bcc: Annotated[
        list[str], typer.Option(metavar="ADDRESS", help='Who gets one unseen instead; "" for nobody.')
    ] = NONE,
    subject: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Another subject.", show_default=False)
    ] = None,
    text: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Another text.", show_default=False)
    ] = None,
    text_file: Annotated[str, typer.Option(metavar="FILE", help="Another text; - is standard input.")] = "",
    html_file: Annotated[str, typer.Option(metavar="FILE", help="Other HTML; - is standard input.")] = "",
    approve: Annotated[
        bool, typer.Option("--approve", help="Say yes to what you wrote, in the same act.")
    ] = False,
    why: Annotated[str, typer.Option(metavar="TEXT", help="What the log says about it.")] = "",
    *,
    out: Output,
) -> None:
    """Change a message that waits; without an option that says what, in your editor.

    An edit makes another revision, which needs an answer of its own. Exit code 5 with
    --approve: the gate stops it all the same.
    """
    from loftbox_cli.cli import draft_options
    from loftbox_cli.core.decision import Answer
    from loftbox_cli.core.revision import Changes
    from loftbox_cli.core.views.approval import ApprovalView
    from loftbox_cli.services import shown

    out.expect(ApprovalView)
    number = revision_number(revision)
    draft_options.one_stdin(text_file, html_file)
    changes = Changes(
        to=_parties(to, "--to"),
        cc=_parties(cc, "--cc"),
        bcc=_parties(bcc, "--bcc"),
        subject=subject,
        text=draft_options.one_text("", text_file, field="--text") if text_file else text,
        html=draft_options.one_text("", html_file, field="--html") if html_file else None,
    )
    with opened() as loftbox:
        decided = apply(
            loftbox, approval, number, None if changes == Changes() else changes, approve=approve, why=why
        )
    out.show(shown.approval(decided))
    if decided.passed is not None and decided.passed.decision.answer is not Answer.ALLOW:
        out.say(f"{decided.message.id} did not leave: {decided.passed.decision.detail}")
        raise typer.Exit(ExitCode.REFUSED)
    if not approve:
        out.next(f"loftbox approvals approve {approval} --revision {decided.approval.revision}")


def apply(
    loftbox: "LoftBox", approval_id: str, revision: int, changes: "Changes | None", *, approve: bool, why: str
) -> "Decided":
    """Edit a message, in the editor when `changes` is None; raises BadInput, and what the verb raises."""
    from loftbox_cli.edge.mail_read.attached import attached
    from loftbox_cli.services import revising
    from loftbox_cli.wiring import system_user

    on = loftbox.store.glance(revising.grounds, approval_id, revision=revision)
    edited = revising.prepare(on, changes or _in_editor(on), file_of=attached, tag_secret=loftbox.tag_secret)
    return loftbox.store.write(
        revising.edit,
        approval_id,
        edited,
        by=system_user(),
        revision=revision,
        approve=approve,
        why=why,
        request_id=loftbox.request_id(),
        now=loftbox.clock.now(),
    )


def _in_editor(on: "Grounds") -> "Changes":
    from loftbox_cli.cli.keyboard import edited, need_terminal
    from loftbox_cli.core import edit_form

    need_terminal("say what to change: loftbox approvals edit APPROVAL --text-file FILE, or another option")
    return edit_form.read(edited(edit_form.spell(on.message)), on.message)


def _parties(given: list[str], field: str) -> "tuple[Party, ...] | None":
    from loftbox_cli.cli.draft_options import parties

    return parties([each for each in given if each], field=field) if given else None
