"""`loftbox policy`: rules that say what may leave without a person."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from loftbox_cli.cli.each import through_each
from loftbox_cli.cli.exit_codes import ExitCode
from loftbox_cli.cli.noun import noun
from loftbox_cli.cli.opened import opened
from loftbox_cli.cli.output import Mode, Output, report
from loftbox_cli.cli.pages import Pages, paged
from loftbox_cli.cli.policy_text import good_text, number_of, place_of, read_text, target_of, who
from loftbox_cli.cli.policy_trial import evaluate, replay_past
from loftbox_cli.cli.shows import shows

if TYPE_CHECKING:
    from loftbox_cli.core.page import Page
    from loftbox_cli.core.views.form import ListView
    from loftbox_cli.core.views.policy import PolicyView
    from loftbox_cli.services.policies import PolicyFound
    from loftbox_cli.services.tx import Tx
    from loftbox_cli.wiring import LoftBox

app = noun()

_FILE = Annotated[str, typer.Argument(metavar="FILE", help="The policy, as TOML; - is standard input.")]
_POLICY = Annotated[str, typer.Argument(metavar="POLICY", help="Id or name.")]
_WHY = Annotated[str, typer.Option(metavar="TEXT", help="What the log says about it.")]
_MAILBOX = Annotated[str, typer.Option(metavar="MAILBOX", help="This mailbox: id or address.")]
_AGENT = Annotated[str, typer.Option(metavar="AGENT", help="All mailboxes of this agent.")]
_DOMAIN = Annotated[str, typer.Option(metavar="DOMAIN", help="All mailboxes of this domain.")]
_ALL = Annotated[bool, typer.Option("--all", help="All mailboxes.")]


@app.command("list")
@shows
@paged
def list_policies(*, pages: Pages, out: Output) -> None:
    """List the policies that were added, newest first."""
    from loftbox_cli.core.policy.presets import SOURCES
    from loftbox_cli.core.views.form import list_view
    from loftbox_cli.core.views.policy import PolicyView
    from loftbox_cli.services import policies, shown

    def read(tx: "Tx", page: "Page") -> "ListView[PolicyView]":
        return list_view(policies.page(tx, page), shown.policy)

    with opened() as loftbox:
        pages.write(out, lambda page: loftbox.store.glance(read, page), of=PolicyView)
    out.say(f"LoftBox brings these: {', '.join(SOURCES)}")


@app.command("show")
@shows
def show(
    policy: Annotated[
        list[str], typer.Argument(metavar="POLICY...", help="Id or name; - reads ids from standard input.")
    ],
    version: Annotated[
        str, typer.Option(metavar="N", help="As this version had it. [default: the newest]")
    ] = "",
    source: Annotated[bool, typer.Option("--source", help="Print the text alone, to edit it.")] = False,
    *,
    out: Output,
) -> None:
    """Show a policy: its text, its versions and what it is bound to."""
    from loftbox_cli.core.views.policy import BindingView, PolicyVersionView, PolicyView
    from loftbox_cli.services import policies, shown

    number = number_of(version)
    with opened() as loftbox:

        def read(name: str) -> PolicyView:
            return shown.policy(loftbox.store.glance(policies.show, name, version=number))

        if source:
            for name in policy:
                out.block(read(name).source)
            return
        view = through_each(out, policy, read, of=PolicyView)
    if view is not None:
        out.table(view.bindings, of=BindingView)
        out.table(view.versions, of=PolicyVersionView)
        out.more(view.source)


@app.command("add")
@shows
def add(file: _FILE, why: _WHY = "", *, out: Output) -> None:
    """Keep a policy, under the name that it gives itself; then bind it to something."""
    from loftbox_cli.services import policies

    text = good_text(file)

    def keep(loftbox: "LoftBox") -> "PolicyFound":
        return loftbox.store.write(policies.add, text, why=why, **who(loftbox))

    view = _written(out, keep)
    out.next(f"loftbox policy bind {view.name} --mailbox MAILBOX")


@app.command("set")
@shows
def change(policy: _POLICY, file: _FILE, why: _WHY = "", *, out: Output) -> None:
    """Put another version of a policy in force, at once."""
    from loftbox_cli.services import policies

    text = good_text(file)
    _written(out, lambda loftbox: loftbox.store.write(policies.change, policy, text, why=why, **who(loftbox)))


@app.command("bind")
@shows
def bind(
    policy: _POLICY,
    mailbox: _MAILBOX = "",
    agent: _AGENT = "",
    domain: _DOMAIN = "",
    everything: _ALL = False,
    *,
    out: Output,
) -> None:
    """Let a policy hold for mailboxes. Each policy in force has to allow a message."""
    from loftbox_cli.services import policies

    scope, target = target_of(mailbox, agent, domain, everything=everything)
    _written(out, lambda loftbox: loftbox.store.write(policies.bind, policy, scope, target, **who(loftbox)))


@app.command("unbind")
@shows
def unbind(
    policy: _POLICY,
    mailbox: _MAILBOX = "",
    agent: _AGENT = "",
    domain: _DOMAIN = "",
    everything: _ALL = False,
    *,
    out: Output,
) -> None:
    """Let a policy hold for mailboxes no more."""
    from loftbox_cli.services import policies

    scope, target = target_of(mailbox, agent, domain, everything=everything)
    _written(out, lambda loftbox: loftbox.store.write(policies.unbind, policy, scope, target, **who(loftbox)))


@app.command("validate")
@shows
def validate(file: _FILE, *, out: Output) -> None:
    """Read a policy and say all that is wrong with it, line by line; exit code 3 when something is."""
    from loftbox_cli.core.policy.read import faults_of, read_policy
    from loftbox_cli.core.views.policy import PolicyRuleView, rule_view

    out.expect(PolicyRuleView)
    text = read_text(file)
    faults = faults_of(text, place_of(file))
    for fault in faults:
        report(fault, as_json=out.mode in (Mode.JSON, Mode.JSONL))
    if faults:
        raise typer.Exit(ExitCode.NOT_SO)
    policy = read_policy(text)
    out.listing(map(rule_view, policy.rules), of=PolicyRuleView)
    out.say(f"{policy.name} is a good policy")


@app.command("facts")
@shows
def facts(*, out: Output) -> None:
    """List every fact that a rule may ask for, and the tests that fit it."""
    from loftbox_cli.core.views.policy_fact import FactView, fact_views

    out.listing(fact_views(), of=FactView)


app.command("evaluate")(evaluate)
app.command("test")(replay_past)


def _written(out: Output, write: "Callable[[LoftBox], PolicyFound]") -> "PolicyView":
    from loftbox_cli.core.views.policy import PolicyView
    from loftbox_cli.services import shown

    out.expect(PolicyView)
    with opened() as loftbox:
        view = shown.policy(write(loftbox))
    out.show(view)
    return view
