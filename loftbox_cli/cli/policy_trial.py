"""Trying policies: a message that is not sent, and past sends under another policy."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from loftbox_cli.cli.opened import opened
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.policy_text import place_of, read_text
from loftbox_cli.cli.shows import shows
from loftbox_cli.cli.words import NONE

if TYPE_CHECKING:
    from datetime import datetime

    from loftbox_cli.core.policy.rule import Policy
    from loftbox_cli.core.views.replay import ReplayView
    from loftbox_cli.wiring import LoftBox

_AT_ONCE = 200  # messages that one look at the store replays


@shows
def evaluate(  # each is an option of its own
    mailbox: Annotated[str, typer.Option(metavar="MAILBOX", help="Where it would come from: id or address.")],
    to: Annotated[list[str], typer.Option(metavar="ADDRESS", help="Who would get it.")] = NONE,
    cc: Annotated[list[str], typer.Option(metavar="ADDRESS", help="Who would get a copy.")] = NONE,
    bcc: Annotated[list[str], typer.Option(metavar="ADDRESS", help="Who would get one unseen.")] = NONE,
    subject: Annotated[str, typer.Option(metavar="TEXT", help="The subject.")] = "",
    text: Annotated[str, typer.Option(metavar="TEXT", help="The text of the message.")] = "",
    text_file: Annotated[str, typer.Option(metavar="FILE", help="The text; - is standard input.")] = "",
    html_file: Annotated[str, typer.Option(metavar="FILE", help="The HTML; - is standard input.")] = "",
    attach: Annotated[list[str], typer.Option(metavar="FILE", help="A file to attach.")] = NONE,
    label: Annotated[list[str], typer.Option(metavar="TEXT", help="A label.")] = NONE,
    context: Annotated[
        list[str], typer.Option(metavar="KEY=VALUE", help="What policies may ask about your work.")
    ] = NONE,
    reply_to: Annotated[str, typer.Option(metavar="MESSAGE", help="Answer this one.")] = "",
    *,
    out: Output,
) -> None:
    """Say what the gate would answer to a message now, and what would change that; nothing is sent."""
    from loftbox_cli.cli import draft_options
    from loftbox_cli.cli.sending import Sender, filled_in, prepare_draft
    from loftbox_cli.core.views.policy import EvaluationView, RuleAskedView, WayOutView, evaluation_view
    from loftbox_cli.services import submit
    from loftbox_cli.services.tx import EVERYTHING
    from loftbox_cli.wiring import system_user

    out.expect(EvaluationView)
    draft_options.one_stdin(text_file, html_file)
    wanted = draft_options.draft(
        to=to,
        cc=cc,
        bcc=bcc,
        subject=subject,
        text=draft_options.one_text(text, text_file, field="--text"),
        html=draft_options.one_text("", html_file, field="--html"),
        attach=attach,
        header=(),
        label=label,
        metadata=(),
        context=context,
        reply_to=reply_to,
    )
    with opened() as loftbox:
        sender = Sender(system_user(), EVERYTHING)
        answer = filled_in(loftbox, mailbox, wanted, sender)
        prepared = prepare_draft(loftbox, mailbox, answer, sender)
        explained = loftbox.store.glance(
            submit.weigh,
            prepared,
            by=system_user(),
            request_id=loftbox.request_id(),
            now=loftbox.clock.now(),
        )
    view = evaluation_view(explained, prepared.rcpt_to)
    out.show(view)
    out.table(view.rules, of=RuleAskedView)
    out.table(view.ways_out, of=WayOutView)


@shows
def replay_past(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The policy, as TOML; - is standard input.")],
    against: Annotated[str, typer.Option(metavar="SPAN", help="How far to look back.")] = "30d",
    mailbox: Annotated[
        str,
        typer.Option(metavar="MAILBOX", help="Replay its sends alone. [default: where the policy holds]"),
    ] = "",
    *,
    out: Output,
) -> None:
    """Replay past sends with this policy, and show which decisions change and why.

    Facts are taken as they were before each send. A policy that is bound to nothing is
    tried on all mailboxes. What approvers answered is left out.
    """
    from loftbox_cli.core.duration import parse_duration
    from loftbox_cli.core.policy.read import read_policy
    from loftbox_cli.core.views.replay import ReplayView

    out.expect(ReplayView)
    span = parse_duration(against, field="--against")
    policy = read_policy(read_text(file), place_of(file))
    seen: Counter[str] = Counter()
    with opened() as loftbox:
        out.listing(_changed(loftbox, policy, loftbox.clock.now() - span, mailbox, seen), of=ReplayView)
    kinds = ", ".join(f"{count} {kind}" for kind, count in seen.items() if kind != "same")
    out.say(f"{seen.total()} sends replayed: {kinds or 'no decision changes'}")


def _changed(
    loftbox: "LoftBox", policy: "Policy", since: "datetime", mailbox: str, seen: Counter[str]
) -> "Iterator[ReplayView]":
    from loftbox_cli.core.page import Page
    from loftbox_cli.core.views.replay import replay_view
    from loftbox_cli.services.replaying import replay

    page = Page(_AT_ONCE, "", newest_first=True)
    while True:
        found = loftbox.store.glance(replay, policy, page, since=since, mailbox=mailbox)
        for each in found.items:
            before, after = each.before.answer, each.after.answer
            seen["same" if before is after else f"{before} → {after}"] += 1
            if before is not after:
                yield replay_view(each.message, each.mailbox.address, before=each.before, after=each.after)
        if not found.cursor:
            return
        page = Page(_AT_ONCE, found.cursor, newest_first=True)
