"""`loftbox approvals`: messages that wait for a person.

Who decides is the operating-system user. A decision holds for the revision that
its person read: without --revision that is the first, so a message that was edited
since is never decided about unread.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from loftbox_cli.cli.approvals_edit import edit
from loftbox_cli.cli.approvals_review import review
from loftbox_cli.cli.each import through_each
from loftbox_cli.cli.exit_codes import ExitCode
from loftbox_cli.cli.noun import noun
from loftbox_cli.cli.opened import opened
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.pages import Pages, paged
from loftbox_cli.cli.revision import REVISION, revision_number
from loftbox_cli.cli.shows import shows
from loftbox_cli.cli.words import one_of

if TYPE_CHECKING:
    from loftbox_cli.core.page import Page
    from loftbox_cli.core.views.approval import ApprovalView
    from loftbox_cli.core.views.form import ListView
    from loftbox_cli.services.tx import Tx

app = noun()

_APPROVALS = Annotated[
    list[str], typer.Argument(metavar="APPROVAL...", help="Id; - reads ids from standard input.")
]
_ANY = "any"


@app.command("list")
@shows
@paged
def list_approvals(
    state: Annotated[
        str, typer.Option(metavar="STATE", help="pending, approved, rejected, expired, canceled or any.")
    ] = "pending",
    *,
    pages: Pages,
    out: Output,
) -> None:
    """List what waits for a person, newest first."""
    from loftbox_cli.core.approval import ApprovalState
    from loftbox_cli.core.views.approval import ApprovalView
    from loftbox_cli.core.views.form import list_view
    from loftbox_cli.services import approvals, shown

    wanted = None if state == _ANY else one_of(ApprovalState, state, field="--state")

    def read(tx: "Tx", page: "Page") -> "ListView[ApprovalView]":
        return list_view(approvals.page(tx, page, state=wanted), shown.approval)

    with opened() as loftbox:
        pages.write(out, lambda page: loftbox.store.glance(read, page), of=ApprovalView)


@app.command("show")
@shows
def show(approval: _APPROVALS, *, out: Output) -> None:
    """Show what a decision would be about: every recipient, added headers, the text, the files."""
    from loftbox_cli.cli import approval_text
    from loftbox_cli.core.approval import ApprovalState
    from loftbox_cli.core.views.approval import ApprovalView
    from loftbox_cli.services import approvals, shown

    def read(approval_id: str) -> ApprovalView:
        view = shown.approval(loftbox.store.glance(approvals.show, approval_id))
        return approval_text.for_eyes(view) if out.for_people else view

    with opened() as loftbox:
        view = through_each(out, approval, read, of=ApprovalView)
    if view is None:
        return
    approval_text.write(out, view)
    if view.state is ApprovalState.PENDING:
        out.next(f"loftbox approvals approve {view.id} --revision {view.revision}")


@app.command("approve")
@shows
def approve(
    approval: _APPROVALS,
    revision: REVISION = "1",
    why: Annotated[str, typer.Option(metavar="TEXT", help="What the log says about it.")] = "",
    *,
    out: Output,
) -> None:
    """Let a message go; exit code 5 when the gate stops it all the same."""
    from loftbox_cli.cli import approval_text
    from loftbox_cli.core.approval import ApprovalState
    from loftbox_cli.core.decision import Answer
    from loftbox_cli.core.views.approval import ApprovalView
    from loftbox_cli.services import approvals, shown
    from loftbox_cli.wiring import system_user

    read_revision = revision_number(revision)
    stopped: list[str] = []
    with opened() as loftbox:

        def say_yes(approval_id: str) -> ApprovalView:
            decided = loftbox.store.write(
                approvals.approve,
                approval_id,
                by=system_user(),
                revision=read_revision,
                why=why,
                request_id=loftbox.request_id(),
                now=loftbox.clock.now(),
            )
            if decided.passed is not None and decided.passed.decision.answer is not Answer.ALLOW:
                stopped.append(f"{decided.message.id} did not leave: {decided.passed.decision.detail}")
            elif (asked := decided.approval).state is ApprovalState.PENDING:
                said = approval_text.agreement(asked.agreed, asked.approvers)
                out.say(f"{asked.id} waits for more: {said}")
            return shown.approval(decided)

        view = through_each(out, approval, say_yes, of=ApprovalView)
    for words in stopped:
        out.say(words)
    if stopped:
        raise typer.Exit(ExitCode.REFUSED)
    if view is not None:
        out.next(f"loftbox trace {view.message_id}")


@app.command("reject")
@shows
def reject(
    approval: _APPROVALS,
    revision: REVISION = "1",
    why: Annotated[str, typer.Option(metavar="TEXT", help="What the agent and the log are told.")] = "",
    *,
    out: Output,
) -> None:
    """Keep a message from leaving, for good."""
    from loftbox_cli.core.views.approval import ApprovalView
    from loftbox_cli.services import approvals, shown
    from loftbox_cli.wiring import system_user

    read_revision = revision_number(revision)
    with opened() as loftbox:

        def say_no(approval_id: str) -> ApprovalView:
            return shown.approval(
                loftbox.store.write(
                    approvals.reject,
                    approval_id,
                    by=system_user(),
                    revision=read_revision,
                    why=why,
                    request_id=loftbox.request_id(),
                    now=loftbox.clock.now(),
                )
            )

        through_each(out, approval, say_no, of=ApprovalView)


app.command("edit")(edit)
app.command("review")(review)
