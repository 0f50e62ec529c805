"""What a manual page says beyond what the command tree knows: the words that all pages share."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from loftbox_cli.cli.exit_codes import ExitCode


@dataclass(frozen=True, slots=True)
class Example:
    """What somebody wants, and what they type for it."""

    about: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """What one page says about its command; `see` names further pages."""

    description: str
    examples: tuple[Example, ...]
    see: tuple[str, ...] = ()
    exits: Mapping[ExitCode, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


# The day that a version's pages carry.
DATES = {"0.1.0": "November 22, 2026"}

EXITS = {
    ExitCode.DONE: "Done.",
    ExitCode.FAILED: "Failed for a reason that has no number of its own.",
    ExitCode.USAGE: "The command line was not understood, or a value in it is bad.",
    ExitCode.NOT_SO: "Looked, and it is not so.",
    ExitCode.NO_SUCH_THING: "There is no such thing.",
    ExitCode.REFUSED: "Refused: the thing's state, or a right that is missing, does not allow it.",
    ExitCode.TRY_LATER: "Try later: something outside did not answer, or is busy.",
    ExitCode.BAD_CONFIGURATION: "The settings, the master key or the store are not in order.",
    ExitCode.INTERRUPTED: "Interrupted.",
}

ENVIRONMENT = {
    "LOFTBOX_CONFIG": "The settings file that is read when `--config` names none.",
    "LOFTBOX_SECTION_KEY": (
        "Any setting, such as `LOFTBOX_SMTP_PORT`. It beats the file; loftbox.toml(5) lists them all."
    ),
}

STORE = {
    "/var/lib/loftbox/loftbox.db": "The store of a service. One file holds everything but the master key.",
    "~/.local/share/loftbox/loftbox.db": "The store of a user who runs LoftBox without a service.",
}

FILES = {
    "/etc/loftbox/loftbox.toml": "The settings of a service.",
    "~/.config/loftbox/loftbox.toml": "The settings of a user who runs LoftBox without a service.",
}

MASTER_KEY = {
    "LOFTBOX_MASTER_KEY_FILE": "The file of the master key, where it does not lie beside the store.",
}

SHARED_WORDS = {
    "output-options": (
        "OUTPUT OPTIONS",
        (
            "Results go to standard output: a table on a terminal, in a pipe lines with tabs between fields. "
            "Words to a person go to standard error."
        ),
    ),
    "list-options": ("LIST OPTIONS", "A list comes in pages."),
}

ROOT = Words(
    description="""
        `loftbox` gives each AI agent a governed mailbox on a domain that you own. An agent sends by an
        HTTP API and receives replies as signed events. People stay in charge: what an agent sends waits
        for a person unless its mailbox says otherwise, and a log tells the whole story of every message.

        It is one program that you host yourself. `loftbox serve` is the gateway: it receives and sends
        mail, serves the API and posts webhooks. The other commands read and change the same store, while
        the gateway runs or while it does not.

        It is for operational mail such as support replies, confirmations and coordination, and not for
        bulk mail.

        A command is a noun and a verb, `loftbox domain verify`. The API has the same nouns under `/v1`,
        and the same names for what is done: `domains.verify`. Things are named by their id, such as
        `dom_0123456789abcdef`, and where that is clear by their name or address. A `-` in the place of
        ids reads them from standard input, one a line; `-q` writes them so.
    """,
    examples=(
        Example("See the whole job done here, without a domain or a network:", ("loftbox demo",)),
        Example(
            "Set up a gateway, and run it:",
            (
                "loftbox init --hostname mx.example.com --operator anna@example.com",
                "loftbox serve",
            ),
        ),
        Example(
            "Show every message that waits for a person:",
            ("loftbox approvals list -q | loftbox approvals show -",),
        ),
        Example(
            "Complete words with the TAB key in this shell, where no package has seen to it:",
            ('eval "$(_LOFTBOX_COMPLETE=source_bash loftbox)"',),
        ),
    ),
    environment={
        **MASTER_KEY,
        "NO_COLOR": "Without colours, if it is set.",
        "CREDENTIALS_DIRECTORY": (
            "Where systemd puts credentials; the one named `loftbox_master_key` is the master key."
        ),
        "CONFIGURATION_DIRECTORY": "The folder of the settings of a service, as systemd.exec(5) gives it.",
        "STATE_DIRECTORY": "The folder of the store of a service, likewise.",
    },
    files=STORE,
)
