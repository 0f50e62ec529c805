"""What it means when an attempt ended without a peer's answer, by how far it had come."""

from loftbox_cli.core.report import Stage
from loftbox_cli.core.response_meaning import Meaning

_UNANSWERED = Meaning(
    "No server of this domain answered.",
    "loftbox doctor --outside looks whether port 25 is open from here. If it is, their server is down: reach"
    " the recipient in another way, or wait.",
)
_BROKE = Meaning(
    "The conversation broke off before the message was handed over.",
    "Such faults mostly pass. If this one stays: loftbox queue show DELIVERY prints the conversation.",
)

OF_STAGE = {
    Stage.ROUTE: Meaning(
        "No server was found for this domain that may be dialed.",
        "Look at what DNS says of the domain. A server inside your own network has to stand in"
        " delivery.allow_networks.",
    ),
    Stage.CONNECT: _UNANSWERED,
    Stage.GREETING: _UNANSWERED,
    Stage.EHLO: _BROKE,
    Stage.TLS: Meaning(
        "The connection could not be made as safe as it has to be, and nothing was sent without.",
        "Tell the server's postmaster these words: LoftBox does not send in the clear what is to be safe.",
    ),
    Stage.AUTH: Meaning(
        "The smarthost does not let LoftBox in.",
        "Give the right user and password: loftbox domain set DOMAIN --smarthost URL --password-file FILE,"
        " or delivery.next_hop in the settings.",
    ),
    Stage.MAIL: _BROKE,
    Stage.RCPT: _BROKE,
    Stage.DATA: _BROKE,
    Stage.DOT: Meaning(
        "The peer had the whole message and did not answer; it may have it.",
        "Ask the recipient before you send it again.",
    ),
}

# No stage was noted: the attempt ended on this side.
STOPPED = Meaning(
    "The attempt ended on this side: LoftBox stopped, failed, or would not send it.",
    "Nothing, unless it goes on: loftbox doctor.",
)
KEPT_BACK = Meaning(
    "LoftBox itself keeps it back.", "Mend what the words name; loftbox doctor looks at the rest."
)
