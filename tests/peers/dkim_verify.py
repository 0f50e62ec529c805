"""Second opinions on our signatures: Perl's Mail::DKIM and opendkim, which share no code with ours."""

import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.peers.programs import absent, root_of, wanted_program

SCRIPT = Path(__file__).with_name("dkim_verify.pl")
FILTER = "usr/sbin/opendkim"
# One result of the Authentication-Results that opendkim would write (RFC 8601 section 2.7.1).
_RESULT = re.compile(r"dkim=(\w+)[^;]*? header\.d=(\S+)[^;]*? header\.s=(\S+)")


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


def opendkim_verdicts(raw: bytes, zone: Mapping[str, str]) -> list[str]:
    """Return "domain selector verdict" for each signature that opendkim reads, both algorithms among them."""
    root = root_of("opendkim", FILTER) or absent("opendkim")
    with tempfile.TemporaryDirectory(prefix="loftbox-dkim-") as made:
        folder = Path(made)
        (folder / "mail").write_bytes(raw)
        # In test mode its DNS is a file: a name and its record in each line.
        (folder / "keys").write_text("".join(f"{name} {record}\n" for name, record in zone.items()))
        (folder / "settings").write_text(f"Mode v\nSyslog no\nTestPublicKeys {folder}/keys\n")
        done = subprocess.run(
            [root / FILTER, "-x", folder / "settings", "-t", folder / "mail", "-vvv"],
            capture_output=True,
            check=True,
            text=True,
            timeout=30,
        )
    return [f"{domain} {selector} {verdict}" for verdict, domain, selector in _RESULT.findall(done.stdout)]
