"""Try thousands of long stories on the store, to get out what neither a policy nor a person allowed.

    python -m tests.slow.oversight [--stories 200] [--steps 200] [--seed N]

Each story is a few hundred sends, decisions, edits, pauses, crashes and jumps of the clock in
an order that chance makes, with a model beside the store that says what may leave. It
ends with the shortest story that went wrong, or tells how much left by rights. A story
of 200 steps takes about three seconds.
"""

import argparse
import secrets
import sys
from collections import Counter

from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from loftbox_cli.core.message import Direction
from tests.services.oversight_machine import OversightMachine

_seen: Counter[str] = Counter()


class CountedMachine(OversightMachine):
    """Counts what came of the messages, for a story in which nothing leaves proves nothing."""

    def teardown(self) -> None:
        """Count, then end the story."""
        _seen["stories"] += 1
        _seen["messages"] += len(self.mails)
        _seen["questions"] += len(self.asked)
        _seen["copies on the wire"] += len(self.wire)
        if self.mails:
            for message in self.house.see(lambda tx: tx.messages.all(direction=Direction.OUTBOUND)):
                _seen[message.state.value] += 1
        super().teardown()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--stories", type=int, default=200)
    parser.add_argument("--steps", type=int, default=200, help="of each story")
    parser.add_argument("--seed", type=int)
    given = parser.parse_args()
    first = secrets.randbelow(1 << 32) if given.seed is None else given.seed
    sys.stdout.write(f"seed {first}\n")
    sys.stdout.flush()
    chosen = settings(
        max_examples=given.stories,
        stateful_step_count=given.steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    run_state_machine_as_test(seed(first)(CountedMachine), settings=chosen)
    sys.stdout.write(", ".join(f"{count} {name}" for name, count in _seen.items()) + "\n")


if __name__ == "__main__":
    main()
