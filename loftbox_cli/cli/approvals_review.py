"""`loftbox approvals review`: what waits, one after another, with one key for each answer.

Nothing is drawn but lines, so that it works on any terminal and in a log of one. What
somebody else decides or edits meanwhile is told, and shown anew where it still waits.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from loftbox_cli.cli.opened import opened
from loftbox_cli.cli.output import Output, report
from loftbox_cli.core.errors import LoftBoxError

if TYPE_CHECKING:
    from loftbox_cli.core.approval import Approval
    from loftbox_cli.services.approvals import Asked, Decided
    from loftbox_cli.wiring import LoftBox

_KEYS = "a approve, r reject, e edit, s skip, q quit"
_AT_ONCE = 100


def review() -> None:
    """Go through what waits, the oldest first: one key approves, rejects, edits, skips or quits."""
    from loftbox_cli.cli.keyboard import need_terminal

    need_terminal("see what waits with loftbox approvals list, then approve or reject by id")
    out = Output.plain()
    with opened() as loftbox:
        done = 0
        for approval in _waiting(loftbox):
            answered = _one(loftbox, approval.id, out)
            if answered is None:
                break
            done += answered
        else:
            out.say("nothing more waits" if done else "nothing waits")


def _waiting(loftbox: "LoftBox") -> "Iterator[Approval]":
    """What waits, page by page, as it stands when its turn comes."""
    from loftbox_cli.core.approval import ApprovalState
    from loftbox_cli.core.page import Page
    from loftbox_cli.services import approvals

    cursor = ""
    while True:
        page = Page(_AT_ONCE, cursor, newest_first=False)
        found = loftbox.store.glance(approvals.page, page, state=ApprovalState.PENDING)
        yield from (each.approval for each in found.items)
        cursor = found.cursor
        if not cursor:
            return


def _one(loftbox: "LoftBox", approval_id: str, out: Output) -> bool | None:
    """Show one until it is answered or skipped; None when the person has had enough."""
    from loftbox_cli.cli.keyboard import END, one_key
    from loftbox_cli.core.approval import ApprovalState
    from loftbox_cli.services import approvals

    shown_revision = 0
    while True:
        asked = loftbox.store.glance(approvals.show, approval_id)
        if asked.approval.state is not ApprovalState.PENDING:
            if shown_revision:
                out.say(f"{approval_id} is {asked.approval.state} by now")
            return False
        if shown_revision != asked.approval.revision:
            _show(asked, out)
            shown_revision = asked.approval.revision
        out.line(_KEYS)
        key = one_key()
        if key in ("q", END):
            return None
        if key == "s":
            return False
        act = _ACTS.get(key)
        if act is None:
            continue
        try:
            decided = act(loftbox, asked)
        except LoftBoxError as error:
            report(error, as_json=False)
            continue
        if _settled(decided, out):
            return True


def _show(asked: "Asked", out: Output) -> None:
    from loftbox_cli.cli import approval_text
    from loftbox_cli.services import shown

    view = shown.approval(asked)
    out.line("-" * 72)
    out.show(approval_text.for_eyes(view))
    approval_text.write(out, view)
    out.line("")


def _settled(decided: "Decided", out: Output) -> bool:
    """Tell what became of it; whether the next one is to be shown."""
    from loftbox_cli.core.approval import ApprovalState
    from loftbox_cli.core.decision import Answer

    approval = decided.approval
    if approval.state is ApprovalState.PENDING:
        if approval.agreed:
            out.line(f"you agreed; {approval.approvers - len(approval.agreed)} more are asked")
            return True
        return False
    if decided.passed is not None and decided.passed.decision.answer is not Answer.ALLOW:
        out.line(f"approved, and it did not leave: {decided.passed.decision.detail}")
    else:
        out.line(f"{approval.state}")
    return True


def _approve(loftbox: "LoftBox", asked: "Asked") -> "Decided":
    from loftbox_cli.services import approvals

    return _answer(loftbox, asked, approvals.approve, "")


def _reject(loftbox: "LoftBox", asked: "Asked") -> "Decided":
    from loftbox_cli.cli.keyboard import line
    from loftbox_cli.services import approvals

    return _answer(loftbox, asked, approvals.reject, line("why (for the agent and the log): "))


def _answer(loftbox: "LoftBox", asked: "Asked", verb: "Callable[..., Decided]", why: str) -> "Decided":
    from loftbox_cli.wiring import system_user

    return loftbox.store.write(
        verb,
        asked.approval.id,
        by=system_user(),
        revision=asked.approval.revision,
        why=why,
        request_id=loftbox.request_id(),
        now=loftbox.clock.now(),
    )


def _edit(loftbox: "LoftBox", asked: "Asked") -> "Decided":
    from loftbox_cli.cli.approvals_edit import apply

    return apply(loftbox, asked.approval.id, asked.approval.revision, None, approve=False, why="")


_ACTS: "dict[str, Callable[[LoftBox, Asked], Decided]]" = {"a": _approve, "r": _reject, "e": _edit}
