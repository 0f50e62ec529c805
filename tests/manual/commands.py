"""Section 1: one page for `loftbox`, and one for each of its commands.

What can be typed is read from the command tree, as `--help` reads it; why one would
is in `words.py`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from loftbox_cli import __version__
from loftbox_cli.cli.exit_codes import ExitCode
from loftbox_cli.cli.tree import TABLE, Entry, build_tree, open_command
from loftbox_cli.cli.typer_parts import Command, Context, TyperArgument, TyperGroup, TyperOption
from tests.manual.command_words import COMMANDS
from tests.manual.mdoc import arguments, display, listing, literal, paragraphs, prose
from tests.manual.words import DATES, ENVIRONMENT, EXITS, FILES, ROOT, SHARED_WORDS, Words

OUTPUT = ("--json", "--jsonl", "--fields", "-q")
PAGING = ("--limit", "--after", "--all")
WIDTH = 68  # of an example, so that its page fits a terminal of 80
SHARED = {"output-options": OUTPUT, "list-options": PAGING}


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing that can be typed: its words after `loftbox`, and what it takes."""

    words: tuple[str, ...]
    help: str
    options: tuple[TyperOption, ...]
    arguments: tuple[TyperArgument, ...]

    @property
    def own(self) -> tuple[TyperOption, ...]:
        """The options that are not shared with most other commands."""
        shared = {flag for name in self.shared for flag in SHARED[name]}
        return tuple(option for option in self.options if not shared & set(option.opts))

    @property
    def shared(self) -> tuple[str, ...]:
        """The groups of options that are described once on a page."""
        flags = {flag for option in self.options for flag in option.opts}
        return tuple(name for name, group in SHARED.items() if flags >= set(group))


def verbs_of(entry: Entry) -> tuple[Verb, ...]:
    """Read what a command takes: its verbs, or itself."""
    command = open_command(entry)
    if isinstance(command, TyperGroup):
        return tuple(_verb((entry.name, name), verb) for name, verb in command.commands.items())
    return (_verb((entry.name,), command),)


def pages() -> dict[str, str]:
    """Write every page of section 1, by the name of its file."""
    written = {"loftbox.1": _page("loftbox", "governed mailboxes for AI agents", _root())}
    for entry in TABLE:
        name = f"loftbox-{entry.name}"
        written[f"{name}.1"] = _page(name, _uncapitalised(entry.summary), _command(entry))
    return written


def head(name: str, section: int, summary: str) -> Iterator[str]:
    """Write what every page begins with."""
    yield '.\\" Written by: python -m tests.manual'
    yield f".Dd {DATES[__version__]}"
    yield f".Dt {name.upper()} {section}"
    yield f".Os LoftBox {__version__}"
    yield ".Sh NAME"
    yield f".Nm {name}"
    yield f".Nd {summary}"


def _uncapitalised(summary: str) -> str:
    return summary[0].lower() + summary[1:] if summary[1].islower() else summary


def _page(name: str, summary: str, body: Iterator[str]) -> str:
    return "\n".join([*head(name, 1, summary), *body]) + "\n"


def _root() -> Iterator[str]:
    options = tuple(_verb((), build_tree()).options)
    everything = [verb for entry in TABLE for verb in verbs_of(entry)]
    yield ".Sh SYNOPSIS"
    yield ".Nm"
    for option in options:
        yield f".Op {_flags(option, '|')}"
    yield ".Ar COMMAND"
    yield ".Op Ar ..."
    yield ".Sh DESCRIPTION"
    yield from paragraphs(ROOT.description)
    yield ".Sh COMMANDS"
    yield from listing((f"Xr loftbox-{entry.name} 1", prose(f"{entry.summary}.")) for entry in TABLE)
    yield ".Sh OPTIONS"
    yield from _options(options)
    yield from _shared(everything)
    yield from _tail(ROOT, [f"loftbox-{entry.name}(1)" for entry in TABLE])


def _command(entry: Entry) -> Iterator[str]:
    verbs = verbs_of(entry)
    words = COMMANDS[entry.name]
    yield ".Sh SYNOPSIS"
    for verb in verbs:
        yield from _synopsis(verb)
    yield ".Sh DESCRIPTION"
    if entry.has_verbs:
        yield from paragraphs(words.description)
        yield ".Sh VERBS"
        yield from listing(
            (f"Cm {verb.words[-1]} {_operands(verb)}".rstrip(), _described(verb)) for verb in verbs
        )
    else:
        yield from paragraphs(verbs[0].help, words.description)
        if items := list(_takes(verbs[0])):
            yield ".Sh OPTIONS"
            yield from items
    yield from _shared(verbs)
    yield from _tail(words, ["loftbox(1)", *words.see])


def _synopsis(verb: Verb) -> Iterator[str]:
    yield ".Nm loftbox"
    yield f".Cm {' '.join(verb.words)}"
    for option in verb.own:
        if option.name != "help":
            flags = _flags(option, "|")
            yield f".{flags}" if option.required else f".Op {flags}"
    for name in verb.shared:
        yield f".Op Ar {name}"
    if operands := _operands(verb):
        yield f".{operands}"


def _described(verb: Verb) -> Iterator[str]:
    yield from paragraphs(verb.help)
    yield from _takes(verb)


def _takes(verb: Verb) -> Iterator[str]:
    items = [
        *((_operand(argument), prose(argument.help or "")) for argument in verb.arguments if argument.help),
        *((_flags(option), prose(_help(option))) for option in verb.own if option.name != "help"),
    ]
    if items:
        yield from listing(items)


def _options(options: Iterable[TyperOption]) -> Iterator[str]:
    yield from listing((_flags(option), prose(_help(option))) for option in options)


def _shared(verbs: Iterable[Verb]) -> Iterator[str]:
    """Describe the options that many commands take, where one of these does."""
    known: dict[str, TyperOption] = {}
    for verb in verbs:
        for name in verb.shared:
            options = [option for option in verb.options if set(option.opts) & set(SHARED[name])]
            known.update((option.opts[0], option) for option in options)
    for name, (title, text) in SHARED_WORDS.items():
        options = [known[flag] for flag in SHARED[name] if flag in known]
        if options:
            yield f".Sh {title}"
            yield from prose(text)
            yield from _options(options)


def _tail(words: Words, see: Iterable[str]) -> Iterator[str]:
    yield ".Sh ENVIRONMENT"
    yield from listing(
        (f"Ev {literal(name)}", prose(text)) for name, text in {**words.environment, **ENVIRONMENT}.items()
    )
    yield ".Sh FILES"
    yield from listing(
        (f"Pa {literal(name)}", prose(text)) for name, text in {**words.files, **FILES}.items()
    )
    yield ".Sh EXIT STATUS"
    yield from listing((str(code.value), prose(words.exits.get(code, EXITS[code]))) for code in ExitCode)
    yield ".Sh EXAMPLES"
    for number, example in enumerate(words.examples):
        if number:
            yield ".Pp"
        yield from prose(example.about)
        yield from display(piece for line in example.lines for piece in _folded(line))
    yield ".Sh SEE ALSO"
    pages = sorted({*see, "loftbox.toml(5)"}, key=lambda page: (page[-2], page))
    yield from (
        f".Xr {page[:-3]} {page[-2]}{end}"
        for page, end in zip(pages, [" ,"] * (len(pages) - 1) + [""], strict=True)
    )


def _folded(line: str) -> list[str]:
    """Continue a long command line as a shell does."""
    if len(line) <= WIDTH:
        return [line]
    pieces = re.split(r" (?=--|\| )", line)
    folded = [pieces[0]]
    for piece in pieces[1:]:
        if len(folded[-1]) + len(piece) < WIDTH:
            folded[-1] += f" {piece}"
        else:
            folded[-1] += " \\"
            folded.append(f"    {piece}")
    return folded


def _flags(option: TyperOption, between: str = ",") -> str:
    value = "" if option.is_flag else f" Ar {_words(option.metavar or option.name.upper())}"
    flags = sorted((*option.opts, *option.secondary_opts), key=len)
    return f" {between} ".join(f"Fl {literal(flag[1:])}{value}" for flag in flags)


def _operands(verb: Verb) -> str:
    return " ".join(_operand(argument) for argument in verb.arguments)


def _operand(argument: TyperArgument) -> str:
    word = f"Ar {_words(argument.metavar or argument.name.upper())}"
    return word if argument.required else f"Oo {word} Oc"


def _words(metavar: str) -> str:
    return arguments(metavar.replace("...", " ...").split())


def _help(option: TyperOption) -> str:
    text, _, said = (option.help or "").partition(" [default: ")
    default = said.removesuffix("]")
    if not default and not option.is_flag and option.show_default and option.default:
        default = str(option.default)
    sentences = [
        text,
        "It may be given several times." if option.multiple else "",
        f"Default: {default}." if default else "",
    ]
    return " ".join(filter(None, sentences))


def _verb(words: tuple[str, ...], command: Command) -> Verb:
    params = command.get_params(Context(command))
    return Verb(
        words,
        (command.help or "").strip(),
        tuple(param for param in params if isinstance(param, TyperOption) and not param.hidden),
        tuple(param for param in params if isinstance(param, TyperArgument)),
    )
