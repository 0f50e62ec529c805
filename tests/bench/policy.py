"""How many evaluations of policies one core makes a second.

    python -m tests.bench.policy [--seconds 2]

"evaluate" is the pure function over facts that are known, "explain" the same with
the ways to another decision, "gate" the whole question with the facts read from a
store of some thousand messages. Time is that of the CPU, so other work on the
machine changes little.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from loftbox_cli.core.mailbox import Oversight
from loftbox_cli.core.policy.evaluate import InForce, evaluate
from loftbox_cli.core.policy.explain import explain
from loftbox_cli.core.policy.presets import always, preset
from loftbox_cli.core.policy.read import read_policy
from loftbox_cli.services import facts, in_force, judging
from tests.services.house import House, opened_house

EXAMPLES = Path(__file__).parents[2] / "config" / "policies"
PAST = 3_000  # messages in the store
RECIPIENTS = ("jane@example.org", "joe@peer.test", "ann@example.com")


def rate(work: Callable[[], object], seconds: float) -> float:
    """How often work is done in a second of CPU."""
    count, begun = 0, time.process_time()
    while (spent := time.process_time() - begun) < seconds:
        work()
        count += 1
    return count / spent


def figures(house: House, seconds: float) -> Iterator[tuple[str, float]]:
    """Measure each question."""
    mailbox = house.mailbox()
    for number in range(PAST):
        house.send(mailbox, f"jane{number % 500}@peer.test")
    names = ("support", "volume", "office_hours", "allow_list")
    written = [(EXAMPLES / f"{name}.toml").read_text(encoding="utf-8") for name in names]
    four = (
        always(),
        preset(Oversight.MONITORED),
        *(InForce(f"pol_{name}", 1, read_policy(text)) for name, text in zip(names, written, strict=True)),
    )
    message = house.send(mailbox, *RECIPIENTS).message
    needs = frozenset().union(*(each.policy.needs for each in four))
    known = house.see(facts.gather, message, needs, house.now)
    rules = sum(len(each.policy.rules) for each in four)
    yield (
        f"evaluate, {rules} rules, {len(RECIPIENTS)} recipients",
        rate(lambda: evaluate(four, known), seconds),
    )
    yield "explain", rate(lambda: explain(four, known), seconds)
    alone = house.see(in_force.policies_for, mailbox)
    yield (
        "gate, autonomous",
        rate(lambda: house.see(judging.decide, message, alone, house.now), seconds),
    )
    yield "gate, all of them", rate(lambda: house.see(judging.decide, message, four, house.now), seconds)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=2.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, opened_house(Path(folder)) as house:
        for name, found in figures(house, options.seconds):
            sys.stdout.write(f"{name:36}{found:10,.0f} a second\n")


if __name__ == "__main__":
    main()
