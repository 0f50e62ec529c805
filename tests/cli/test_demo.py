import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from loftbox_cli.cli.demo_story import SUBJECT

DEMO = (sys.executable, "-m", "loftbox_cli", "demo", "--json")


def surroundings(tmp_path: Path) -> dict[str, str]:
    """What a careless caller has around: settings of a gateway of their own, and a proxy."""
    return {
        **os.environ,
        "TMPDIR": str(tmp_path),
        "LOFTBOX_HTTP_PORT": "1",
        "LOFTBOX_MASTER_KEY_FILE": "/nowhere",
        "HTTP_PROXY": "http://127.0.0.1:1",
        "NOTIFY_SOCKET": "/nowhere",
    }


def test_the_demo_does_the_whole_job_and_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.run(DEMO, env=surroundings(tmp_path), capture_output=True, text=True, check=False)
    *steps, end = map(json.loads, done.stdout.splitlines())
    assert [step for step in steps if not step["ok"]] == []
    assert (done.returncode, done.stderr) == (0, "")
    assert [step["number"] for step in steps] == list(range(1, len(steps) + 1))
    assert (end["object"], end["ok"], end["steps"], end["kept"]) == ("demo", True, len(steps), None)
    told = [line.split("  ", 1)[1].rsplit(maxsplit=1) for line in end["log"]]
    assert [(words.strip(), state) for words, state in told] == [
        ("Policy evaluated: every send of this mailbox waits for a person", "held"),
        ("Message held for approval", "held"),
        (f"Approval requested: {SUBJECT}", "pending"),
        (told[3][0].strip(), "approved"),
        (told[4][0].strip(), "verified"),
        ("Message accepted for delivery", "queued"),
        ("Provider confirmed recipient delivery", "delivered"),
        ("Reply received and webhook signed", "pending"),
    ]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "started"),
    [
        (signal.SIGINT, "--default-signal=INT"),
        (signal.SIGTERM, "--default-signal=INT"),
        (signal.SIGTERM, "--ignore-signal=INT"),  # as a background job of a shell
    ],
)
def test_a_demo_that_is_interrupted_cleans_up(tmp_path: Path, number: signal.Signals, started: str) -> None:
    demo = subprocess.Popen(
        ["env", started, *DEMO],
        env=surroundings(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert demo.stdout is not None
    assert json.loads(demo.stdout.readline())["number"] == 1
    demo.send_signal(number)
    rest, words = demo.communicate()
    assert demo.returncode == 130
    assert (rest, words) == ("", "")
    assert list(tmp_path.iterdir()) == []


def test_a_demo_that_fails_says_what_it_saw(tmp_path: Path) -> None:
    """A command without room stands for whatever may go wrong."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nif 'domain' in sys.orig_argv:\n    sys.exit('no room')\n"
    )
    environ = {**surroundings(tmp_path), "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(DEMO, env=environ, capture_output=True, text=True, check=False)
    first, second, end = map(json.loads, done.stdout.splitlines())
    assert (first["ok"], second["ok"], end["ok"]) == (True, False, False)
    assert second["detail"].endswith("SystemExit: no room)")
    error = json.loads(done.stderr)
    assert done.returncode == 1
    assert second["detail"] in error["fact"]
    log = Path(error["fix"].split()[4].removesuffix(";"))
    assert log.is_relative_to(tmp_path)
    assert log.exists()
