"""Shell completion: the script that Typer makes for each shell, ready to be installed."""

import os
import subprocess
import sys

SHELLS = ("bash", "zsh", "fish")

# compinit loads the file as the function _loftbox when TAB is first pressed: what Typer
# writes would only get ready for the second time.
FIRST_TIME = """
if [[ $funcstack[1] == _loftbox ]]; then
  _loftbox_completion "$@"
fi
"""


def script(shell: str) -> str:
    """Ask the program for its completion script, as a shell would."""
    done = subprocess.run(
        [sys.executable, "-m", "loftbox_cli"],
        env={**os.environ, "_LOFTBOX_COMPLETE": f"source_{shell}"},
        capture_output=True,
        text=True,
        check=True,
    )
    # zsh wants `#compdef` on the first line.
    return done.stdout.strip() + "\n" + (FIRST_TIME if shell == "zsh" else "")
