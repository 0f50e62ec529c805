"""What went wrong on the way to a webhook, in words for the person who owns it."""

import os
import ssl

import httpcore2

from loftbox_cli.core.errors import NoAnswer

FAULTS = (NoAnswer, httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError)
"""Everything that a target, the network or DNS can do to one attempt."""


def told(error: Exception) -> str:
    """Say in one line what `error` is about."""
    match error:
        case httpcore2.ConnectError() | httpcore2.TimeoutException():
            return f"no connection: {_root(error)}"
        case httpcore2.NetworkError():
            return f"the connection broke: {_root(error)}"
        case httpcore2.RemoteProtocolError():
            return f"no HTTP answer: {error}"
        case httpcore2.LocalProtocolError():
            return f"the request cannot be written: {error}"
        case _:
            return str(error)


def _root(error: BaseException) -> str:
    # The libraries wrap what the system said, and raise it again without its cause.
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    match error:
        case ssl.SSLCertVerificationError():
            return f"the certificate is not good: {error.verify_message}"
        case ssl.SSLError():
            return f"TLS failed: {error.reason}"
        case OSError(errno=int(number)):
            return os.strerror(number)
        case TimeoutError():
            return "it took too long"
        case _:
            return str(error) or "it was closed"
