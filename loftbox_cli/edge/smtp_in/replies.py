"""The SMTP door's words: one table from an error's class to a reply, and the fixed replies.

Every reply but the greeting, EHLO's, HELO's and 354 carries an enhanced status code
(RFC 2034 section 4, RFC 3463) whose class is the reply's. The words are fixed:
strangers read the general fact, the log keeps the detail.
"""

from loftbox_cli.core.errors import (
    BadAddress,
    BadConfiguration,
    BadInput,
    Conflict,
    DiskLow,
    LoftBoxError,
    NotFound,
    Refused,
    TooLarge,
    TooMany,
    TryLater,
    UnknownDomain,
    UnknownParameter,
    UnknownRecipient,
)
from loftbox_cli.core.refusal import Reason

OUR_FAULT = "451 4.3.0 we have a fault here; try again later"
SENDER_OK = "250 2.1.0 sender is fine"
RECIPIENT_OK = "250 2.1.5 recipient is fine"
DONE = "250 2.0.0 done"
GO_AHEAD = "354 end with a dot on a line of its own"
READY_FOR_TLS = "220 2.0.0 ready for TLS"
GOODBYE = "221 2.0.0 goodbye"
CANNOT_VERIFY = "252 2.0.0 send to it, and RCPT will tell"
SEE_RFC = "214 2.0.0 see RFC 5321"

SHUTTING_DOWN = "421 4.3.2 shutting down; come back soon"
TOO_SLOW = "421 4.4.2 nothing came in time"
TOO_LONG_A_SESSION = "421 4.7.0 the session has lasted long enough; come back in a new one"
TOO_MANY_SESSIONS = "421 4.7.0 too many connections; come back soon"
TOO_MANY_FROM_PEER = "421 4.7.0 too many connections from your network; come back later"
TOO_MANY_MESSAGES = "421 4.7.0 too many messages from your network in a minute; come back later"
TOO_MANY_GUESSES = "421 4.7.0 too many unknown recipients from your network; come back later"
TOO_MANY_ERRORS = "421 4.7.0 too many errors"
TOO_MANY_COMMANDS = "421 4.7.0 too many commands without a message"
TOO_MANY_RECIPIENTS = "452 4.5.3 too many recipients; send the rest in another transaction"
NO_MEMORY = "452 4.3.1 too many messages are on their way in; try again soon"

LINE_TOO_LONG = "500 5.5.2 the line is too long"
BAD_LINE = "500 5.5.2 a command is text that ends in CRLF"
UNKNOWN_COMMAND = "500 5.5.1 no such command"
NO_ARGUMENT = "501 5.5.4 this command takes no argument"
BAD_NAME = "501 5.5.4 say your host name"
NOT_OFFERED = "502 5.5.1 not offered here"
GREET_FIRST = "503 5.5.1 say EHLO first"
NESTED_MAIL = "503 5.5.1 a transaction is open; RSET ends it"
NO_SENDER = "503 5.5.1 MAIL comes first"
NO_RECIPIENTS = "503 5.5.1 no recipient was accepted"
ALREADY_TLS = "503 5.5.1 TLS is already on"
BARE_NEWLINE = "550 5.5.2 a bare CR, a bare LF or a NUL is in the message"
TOO_LARGE = "552 5.3.4 the message is too large"
HEADER_TOO_LARGE = "552 5.3.4 the message's header is too large"
BAD_SENDER = "553 5.1.7 that is not one address in angle brackets"
NEEDS_SMTPUTF8 = "553 5.6.7 such an address needs SMTPUTF8"
LOOPS = "554 5.4.6 the message goes in circles"
NOT_IN_STEP = "554 5.5.0 wait for 354 before the message"

REPLIES: dict[type[LoftBoxError], str] = {
    BadInput: "501 5.5.4 the command's arguments cannot be read",
    BadAddress: "553 5.1.3 that is not one address in angle brackets",
    TooLarge: TOO_LARGE,
    UnknownParameter: "555 5.5.4 that parameter was not offered",
    # What a verb does not find, or finds in another state, is our own muddle: a 5yz
    # would cost the sender a mail. The two below are answers about a recipient.
    NotFound: OUR_FAULT,
    UnknownRecipient: "550 5.1.1 nobody here has that address",
    UnknownDomain: "550 5.7.1 not a domain of ours; we do not relay",
    Conflict: OUR_FAULT,
    Refused: "550 5.7.1 not allowed",
    TryLater: "451 4.3.0 not now; try again later",
    DiskLow: "452 4.3.1 too little room; try again later",
    TooMany: "421 4.7.0 too much at a time; come back later",
    BadConfiguration: "451 4.3.5 this host is not set up well; try again later",
}


def reply_for(error: LoftBoxError) -> str:
    """Put an error into the words of SMTP: the row of its class, or of the nearest one above."""
    return next((REPLIES[kind] for kind in type(error).__mro__ if kind in REPLIES), OUR_FAULT)


# Under which reason a refusal is counted; another 5yz is an offence against the protocol.
_REASONS: dict[str, Reason] = {
    TOO_SLOW: Reason.TOO_SLOW,
    TOO_LONG_A_SESSION: Reason.TOO_SLOW,
    TOO_MANY_SESSIONS: Reason.TOO_MANY_CONNECTIONS,
    TOO_MANY_FROM_PEER: Reason.TOO_MANY_CONNECTIONS,
    TOO_MANY_MESSAGES: Reason.TOO_MANY_MESSAGES,
    TOO_MANY_GUESSES: Reason.TOO_MANY_GUESSES,
    TOO_MANY_ERRORS: Reason.TOO_MANY_ERRORS,
    TOO_MANY_COMMANDS: Reason.TOO_MANY_ERRORS,
    TOO_MANY_RECIPIENTS: Reason.TOO_MANY_RECIPIENTS,
    NO_MEMORY: Reason.NO_ROOM,
    OUR_FAULT: Reason.OUR_FAULT,
    BARE_NEWLINE: Reason.BAD_CONTENT,
    LINE_TOO_LONG: Reason.BAD_CONTENT,
    TOO_LARGE: Reason.TOO_LARGE,
    HEADER_TOO_LARGE: Reason.TOO_LARGE,
    BAD_SENDER: Reason.BAD_ADDRESS,
    NEEDS_SMTPUTF8: Reason.BAD_ADDRESS,
    LOOPS: Reason.LOOP,
    REPLIES[BadAddress]: Reason.BAD_ADDRESS,
    REPLIES[UnknownRecipient]: Reason.UNKNOWN_RECIPIENT,
    REPLIES[UnknownDomain]: Reason.RELAYING_DENIED,
    REPLIES[Refused]: Reason.NOT_ALLOWED,
    REPLIES[TryLater]: Reason.OUR_FAULT,
    REPLIES[DiskLow]: Reason.NO_ROOM,
    REPLIES[TooMany]: Reason.TOO_MANY_MESSAGES,
    REPLIES[BadConfiguration]: Reason.OUR_FAULT,
}


def reason_for(reply: str) -> Reason | None:
    """Why something was refused with `reply`; None when nothing was."""
    if reply[0] not in "45":
        return None
    return _REASONS.get(reply, Reason.PROTOCOL if reply[0] == "5" else None)
