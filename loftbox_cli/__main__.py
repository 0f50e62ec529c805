"""The door for people: `loftbox` and `python -m loftbox_cli`."""

import sys
from collections.abc import Sequence

from loftbox_cli.core.errors import LoftBoxError


def main() -> None:
    """Run the command line and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets its number, not a traceback.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr] # always a real file here
    sys.exit(run(sys.argv[1:]))


def run(argv: Sequence[str]) -> int:
    """Run one command: every error of ours is told once, here, and becomes an exit code."""
    try:
        from loftbox_cli.cli.exit_codes import ExitCode, exit_for
        from loftbox_cli.cli.output import finish, report, report_usage
        from loftbox_cli.cli.tree import build_tree
        from loftbox_cli.cli.typer_parts import Abort, UsageMistake

        as_json = "--json" in argv or "--jsonl" in argv
        try:
            code = build_tree().main(args=argv, prog_name="loftbox", standalone_mode=False)
            return finish(int(code or ExitCode.DONE))
        except LoftBoxError as error:
            report(error, as_json=as_json)
            return finish(exit_for(error))
        except UsageMistake as mistake:
            report_usage(mistake, as_json=as_json)
            return ExitCode.USAGE
        except Abort:
            return ExitCode.INTERRUPTED
    except KeyboardInterrupt:
        return 130  # the same as ExitCode.INTERRUPTED, which may not be imported yet


if __name__ == "__main__":
    main()
