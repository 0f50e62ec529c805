"""A second opinion on our signatures: Perl's Mail::DKIM, which shares no code with ours."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.peers.programs import absent, wanted_program

SCRIPT = Path(__file__).with_name("dkim_verify.pl")


def mail_dkim_verdicts(raw: bytes, zone: Mapping[str, str]) -> list[str]:
    """Return "domain selector verdict" for each signature that Mail::DKIM reads.

    `zone` has the TXT records by name. Debian's version passes over Ed25519 (RFC 8463).
    """
    perl = wanted_program("perl")
    if subprocess.run([perl, "-MMail::DKIM", "-e", "1"], capture_output=True, check=False).returncode:
        absent("Perl's Mail::DKIM")
    records = [word for pair in zone.items() for word in pair]
    done = subprocess.run([perl, SCRIPT, *records], input=raw, capture_output=True, check=True, timeout=30)
    return done.stdout.decode().splitlines()
