"""What the page of `loftbox policy` says: how to write rules, and how to try them first."""

from loftbox_cli.cli.exit_codes import ExitCode
from tests.manual.words import Example, Words

POLICY = Words(
    description="""
        A policy is a list of rules in TOML. A rule has a name, conditions and a decision: allow, hold
        or block. Everything under `when` has to hold; a rule without it always says its decision.

        A rule is asked for each recipient of a message. One recipient that a rule holds or blocks
        holds or blocks the message, and each recipient needs a rule that allows. Whoever no rule
        speaks of is held. The strictest decision wins, so the order of rules changes nothing. What is
        not known never lets a message leave.

        `when.group.fact = value` compares a fact with a value or with one of a list; a table names
        other tests: `when.message.recipients = {at_least = 2, at_most = 5}`. A `*` in a text stands
        for any characters. `facts` lists every fact with its tests. Under `[lists]` stand addresses
        and domains by a name, for `when.recipient.lists`. `when.context.KEY` asks what the caller
        said with `--context`. A hold may name `approvers`, how many persons have to agree, and
        `expires_after`.

        Each policy in force has to allow a message by itself. These are one that always holds, the
        one of the mailbox's oversight, and those that were bound to the mailbox, its agent, its domain
        or all. A policy that says all there is to say goes with the oversight `autonomous`. Each
        change is a version, with who made it and why; it holds at once, also for what is queued.
    """,
    examples=(
        Example("What a kind of oversight means:", ("loftbox policy show gated_send",)),
        Example(
            "Begin with one of LoftBox:",
            (
                "loftbox policy show sampled --source | sed s/sampled/own/ > own.toml",
                "loftbox policy validate own.toml",
            ),
        ),
        Example("See which past sends it would change:", ("loftbox policy test own.toml --against 30d",)),
        Example(
            "Put it in force:",
            (
                "loftbox policy add own.toml --why 'agreed on Monday'",
                "loftbox policy bind own --mailbox help@example.com",
            ),
        ),
        Example(
            "Ask why a message would wait, without sending it:",
            (
                (
                    "echo 'Your order is on its way.' |"
                    " loftbox policy evaluate --mailbox help@example.com --to jane@example.net --text-file -"
                ),
            ),
        ),
        Example("Take it back:", ("loftbox policy unbind own --mailbox help@example.com",)),
    ),
    see=("loftbox-mailbox(1)", "loftbox-approvals(1)", "loftbox-send(1)"),
    exits={ExitCode.NOT_SO: "`validate`: something is wrong with the policy."},
)
