"""Mail authentication: the signatures that we put on what leaves."""

from loftbox_cli.edge.mail_auth.signing import DkimSigner

__all__ = ["DkimSigner"]
