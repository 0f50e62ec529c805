"""Write the files that are made from the program: manual pages and shell completion.

    python -m tests.manual

`tests/test_manual.py` fails when one of them is not what the program gives now.
"""

from pathlib import Path

from tests.manual.commands import pages
from tests.manual.completion import SHELLS, script
from tests.manual.settings_page import settings_page
from tests.manual.states_page import states_page

ROOT = Path(__file__).parents[2]


def written() -> dict[Path, str]:
    """Make every file anew, by its path."""
    manual = {**pages(), "loftbox.toml.5": settings_page(), "loftbox-states.7": states_page()}
    return {
        **{ROOT / f"man/man{name[-1]}" / name: page for name, page in manual.items()},
        **{ROOT / f"config/completion/loftbox.{shell}": script(shell) for shell in SHELLS},
    }


def main() -> None:
    """Write them where they lie, and take away pages of commands that are gone."""
    files = written()
    for folder in {path.parent for path in files}:
        folder.mkdir(exist_ok=True)
        for old in set(folder.iterdir()) - files.keys():
            old.unlink()
    for path, text in files.items():
        path.write_text(text)


if __name__ == "__main__":
    main()
