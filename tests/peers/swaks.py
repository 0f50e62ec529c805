"""swaks, the mail client that shows every line it says and hears."""

import asyncio
import subprocess
from pathlib import Path

from tests.peers.programs import wanted_program


async def swaks(port: int, mail_from: str, rcpt_to: str, raw: bytes, *options: str, folder: Path) -> str:
    """Send `raw` exactly as it is to a server on loopback; return the dialog.

    Raises CalledProcessError, with the dialog in it, when the server refused.
    """
    data = folder / "swaks.data"
    # --no-data-fixup leaves everything to the caller: dots (RFC 5321 section 4.5.2), line ends, the last dot.
    data.write_bytes(raw.replace(b"\n.", b"\n..") + b".\r\n")
    command = (
        wanted_program("swaks"),
        *("--server", f"127.0.0.1:{port}", "--helo", "swaks.test", "--from", mail_from, "--to", rcpt_to),
        *("--no-data-fixup", "--data", f"@{data}", *options),
    )
    process = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output, _ = await process.communicate()
    dialog = output.decode(errors="replace")
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, dialog)
    return dialog
