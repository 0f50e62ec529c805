"""The settings of TLS towards a peer, one for each assurance."""

import ssl
from pathlib import Path

from loftbox_cli.core.tls_policy import Assurance


class Contexts:
    """Made once and used for every session. `ca_file` is trusted besides the system's authorities."""

    def __init__(self, ca_file: Path | None = None) -> None:
        self._unchecked = _context(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        self._unchecked.check_hostname = False
        self._unchecked.verify_mode = ssl.CERT_NONE
        self._ca_file = ca_file
        self._checked: ssl.SSLContext | None = None

    def of(self, assurance: Assurance) -> ssl.SSLContext:
        """Give the one for `assurance`. DANE checks for itself what the handshake brought."""
        return self.checked if assurance is Assurance.VERIFIED else self._unchecked

    @property
    def checked(self) -> ssl.SSLContext:
        """The one that checks certificates; reading the system's authorities takes a while."""
        if self._checked is None:
            self._checked = _context(ssl.create_default_context())
            if self._ca_file is not None:
                self._checked.load_verify_locations(self._ca_file)
        return self._checked


def _context(context: ssl.SSLContext) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # RFC 8996
    return context
