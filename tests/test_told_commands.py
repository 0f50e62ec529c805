"""Every command that somebody is told to type exists, with every option that is told."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from loftbox_cli.cli.tree import TABLE
from tests.manual.commands import verbs_of
from tests.manual.words import ROOT as ROOT_WORDS

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("README.md", "CHANGELOG.md", "config/loftbox.toml", "config/loftbox.service")
VERBS = {verb.words: verb for entry in TABLE for verb in verbs_of(entry)}
NOUNS = {entry.name for entry in TABLE if entry.has_verbs}

# Ends where a sentence goes on: at punctuation that no command has.
_TOLD = re.compile(r"(?<![/\w.-])loftbox (?!loftbox)((?:[a-z]+)(?: [^\s`,;:()|#\"'\\]+)*)")


def commands_told() -> Iterator[tuple[str, list[str]]]:
    """Where a command is told, and its words after `loftbox`."""
    for place, text in texts():
        for match in _TOLD.finditer(text):
            yield place, match[1].split()


def texts() -> Iterator[tuple[str, str]]:
    for name in DOCUMENTS:
        yield name, (ROOT / name).read_text()
    for example in ROOT_WORDS.examples:
        yield "loftbox.1", "\n".join(example.lines)
    for path in sorted((ROOT / "loftbox_cli").rglob("*.py")):
        for text in strings(ast.parse(path.read_text())):
            yield path.name, text


def strings(tree: ast.AST) -> Iterator[str]:
    """The strings of a source file; X stands for what is filled in when it runs."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def mistake(words: list[str]) -> str:
    """Say what is wrong with a command; "" for nothing. Words of the sentence may follow it."""
    name, *rest = words
    verb = VERBS.get((name,))
    if name in NOUNS:
        if not rest or not rest[0].isalpha():
            return ""
        verb = VERBS.get((name, rest[0]))
    if verb is None:
        return "there is no such command"
    known = {"--help", *(flag for option in verb.options for flag in option.opts)}
    unknown = [word for word in rest if re.fullmatch(r"--?[a-z-]+", word) and word not in known]
    return f"it has no {unknown[0]}" if unknown else ""


def test_every_command_that_is_told_exists() -> None:
    told = list(commands_told())
    assert len(told) > 50
    assert [
        f"{place}: loftbox {' '.join(words)}: {wrong}" for place, words in told if (wrong := mistake(words))
    ] == []
