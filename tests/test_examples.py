"""The examples of the manual pages work, one after the other, as one story."""

from pathlib import Path

from tests.manual.command_words import COMMANDS
from tests.typed import opened_terminal

# These two do not end, or have a test of their own.
NOT_TYPED = {"serve", "demo"}
# A mail that somebody has as a file.
LETTER = b"From: jane@peer.test\r\nTo: help@example.com\r\nSubject: My invoice\r\n\r\nWhere is it?\r\n"


def test_every_example_of_the_manual_pages_works(tmp_path: Path) -> None:
    (tmp_path / "letter.eml").write_bytes(LETTER)
    with opened_terminal(tmp_path) as terminal:
        for name, words in COMMANDS.items():
            for line in (line for example in words.examples for line in example.lines):
                if name not in NOT_TYPED:
                    terminal.type(line)
