"""The courier: one signed message to the next mail server, by SMTP."""

from loftbox_cli.edge.courier.courier import SmtpCourier
from loftbox_cli.edge.courier.timeouts import Timeouts

__all__ = ["SmtpCourier", "Timeouts"]
