"""A shell that completes words of `loftbox` with the files that we ship."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES = ROOT / "config/completion"


def completed(shell: str, script: str, folder: Path) -> list[str]:
    """Run a script in a shell that finds this program under its name; answer the lines it wrote."""
    program = folder / "loftbox"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m loftbox_cli "$@"\n')
    program.chmod(0o755)
    done = subprocess.run(
        [shell, *(["-f"] if shell.endswith("zsh") else []), "-c", script],
        env={
            **os.environ,
            "PATH": f"{folder}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "HOME": str(folder),
        },
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.split("\n")[:-1]
