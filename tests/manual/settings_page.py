"""Section 5: loftbox.toml, every setting with its kind, its default and its meaning.

Kinds and defaults come from the program, the meanings from the comments of
`config/loftbox.toml`: a setting that has no comment there cannot be written.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from loftbox_cli.edge.config_file.render import toml
from loftbox_cli.edge.config_file.settings import KINDS, SECTIONS, Settings, value_of
from tests.manual.commands import head
from tests.manual.mdoc import display, listing, literal, paragraphs, prose
from tests.manual.words import FILES

_KEY = re.compile(r"#(\w+) = ")
EXAMPLE = Path(__file__).parents[2] / "config/loftbox.toml"

ABOUT = """
The settings of loftbox(1), in TOML. Every key has a default but for `gateway.hostname` and
`gateway.operator`, which `loftbox init` writes. Leave out what you do not change, so that better defaults of
a later version reach you.

A setting is read from its default, this file, the environment variable `LOFTBOX_SECTION_KEY` (such as
`LOFTBOX_SMTP_PORT`; lists with commas) and the options of a command, each above the one before. An unknown
key, a bad value, or a variable that begins so and names no setting stops the start, with file and line.
`loftbox config show` lists every value with its origin, `loftbox config check` judges the whole.

Secrets never stand here. The master key is a systemd credential, a file that the environment names, or a file
beside the store.

Durations are written "200ms", "30s", "5m", "1h30m" or "5d".
"""

LINES = (
    "[gateway]",
    'hostname = "mx.example.com"',
    'operator = "anna@example.com"',
    'addresses = ["192.0.2.25", "2001:db8::25"]',
    "",
    "[http]",
    'host = "0.0.0.0"',
    'tls_certificate = "/etc/loftbox/tls/fullchain.pem"',
    'tls_key = "/etc/loftbox/tls/key.pem"',
)


def settings_page() -> str:
    """Write the page."""
    return "\n".join([*head("loftbox.toml", 5, "settings of LoftBox"), *_body()]) + "\n"


def meanings(text: str) -> dict[str, str]:
    """Read what the comments of an annotated settings file say, by key.

    Comments stand above the keys that they are about, which are commented out too.
    """
    found: dict[str, str] = {}
    section = ""
    words: list[str] = []
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif key := _KEY.match(line):
            found[f"{section}.{key[1]}"] = " ".join(words)
        elif line.startswith("# "):
            words.append(line[2:])
        else:
            words = []
    return found


def _body() -> Iterator[str]:
    said = meanings(EXAMPLE.read_text())
    yield ".Sh DESCRIPTION"
    yield from paragraphs(ABOUT)
    for section in SECTIONS:
        yield f".Ss [{section}]"
        yield from listing(
            (f"Cm {literal(key.partition('.')[2])}", _setting(key, said[key]))
            for key in KINDS
            if key.startswith(f"{section}.")
        )
    yield ".Sh FILES"
    yield from listing((f"Pa {literal(name)}", prose(text)) for name, text in FILES.items())
    yield ".Sh EXAMPLES"
    yield from prose("A gateway with two addresses that serves its API to other machines:")
    yield from display(LINES)
    yield ".Sh SEE ALSO"
    yield ".Xr loftbox 1 ,"
    yield ".Xr loftbox-config 1"


def _setting(key: str, meaning: str) -> Iterator[str]:
    kind = KINDS[key]
    yield from prose(meaning)
    yield ".br"
    yield from prose(f"Value: {kind.what}. Default: `{toml(kind.spell(value_of(Settings(), key)))}`")
