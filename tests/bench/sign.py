"""What a DKIM signature costs: CPU for each message, by keys and by size.

    python -m tests.bench.sign [--rounds 200]

An ordinary message is composed, stamped and signed as the deliver loop does it. The
figure is the best of five runs, in milliseconds of CPU of this process.
"""

import argparse
import base64
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from time import process_time

from loftbox_cli.core.compose import compose, stamp
from loftbox_cli.core.dkim_key import Algorithm, DkimKey
from loftbox_cli.core.draft import Draft, File
from loftbox_cli.core.reading import Party
from loftbox_cli.edge.mail_auth.signing import DkimSigner

AT = datetime(2026, 11, 22, tzinfo=UTC)
RUNS = 5
TEXT = "Your order is on its way, and will be with you tomorrow before noon.\n" * 20
MEGABYTE = File("order.pdf", "application/pdf", base64.b85encode(bytes(range(256)) * 2_400))


def composed(*files: File) -> bytes:
    """A message as the gate lets it go."""
    draft = Draft(to=(Party("jane@example.net", "Jane"),), subject="Your order", text=TEXT, attachments=files)
    raw = compose(draft, from_=Party("help@example.com", "Help"), message_id="<1@example.com>")
    return stamp(raw, date=AT, auto_submitted="auto-replied")


def milliseconds(signer: DkimSigner, raw: bytes, keys: Sequence[DkimKey], rounds: int) -> float:
    """CPU for one signature of each key."""
    signer.sign(raw, domain="example.com", keys=keys, at=AT)  # opens the keys, which are kept open
    best = float("inf")
    for _ in range(RUNS):
        begun = process_time()
        for _ in range(rounds):
            signer.sign(raw, domain="example.com", keys=keys, at=AT)
        best = min(best, process_time() - begun)
    return best / rounds * 1_000


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=200)
    rounds: int = parser.parse_args().rounds
    signer = DkimSigner()
    rsa, ed25519 = signer.new_key(Algorithm.RSA, "r"), signer.new_key(Algorithm.ED25519, "e")
    for name, raw, times in (
        ("ordinary", composed(), rounds),
        ("one megabyte", composed(MEGABYTE), max(1, rounds // 20)),
    ):
        for label, keys in (("RSA-2048", [rsa]), ("Ed25519", [ed25519]), ("both", [rsa, ed25519])):
            took = milliseconds(signer, raw, keys, times)
            sys.stdout.write(f"{name:14} {len(raw):9} octets  {label:9} {took:7.3f} ms of CPU\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
