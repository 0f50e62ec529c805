"""The SMTP door: takes mail from strangers, and says 250 only when it is safe."""

from loftbox_cli.edge.smtp_in.door import SmtpDoor
from loftbox_cli.edge.smtp_in.terms import Limits

__all__ = ["Limits", "SmtpDoor"]
