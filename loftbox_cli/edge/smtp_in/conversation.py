"""The commands of one SMTP session and their answers, without the connection.

RFC 5321 section 4.1.4 says which command may follow which. Here a line comes in and
a reply goes out with what the connection has to do next; reading, TLS and the
message itself are the session's.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import lru_cache
from typing import ClassVar, NamedTuple

from loftbox_cli.core.errors import BadAddress, BadInput, LoftBoxError
from loftbox_cli.core.path import forward_path, reverse_path
from loftbox_cli.edge.smtp_in import replies
from loftbox_cli.edge.smtp_in.replies import reply_for
from loftbox_cli.edge.smtp_in.terms import Terms

# RFC 5321 section 4.5.3.1.4 asks for 512 and lets extensions add; a path in UTF-8 with parameters fits.
MAX_LINE = 2048
# These have no place in a command, and would forge lines in logs and headers.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


class Next(Enum):
    """What the connection does once the reply is sent, but for reading the next command."""

    DATA = auto()
    TLS = auto()
    END = auto()


class Answer(NamedTuple):
    """The words for the peer, what comes next, and for how many seconds the words are kept back."""

    reply: str
    next: Next | None = None
    late: float = 0.0


@dataclass(slots=True)
class Envelope:
    """The transaction that DATA will fill (RFC 5321 section 2.3.1)."""

    mail_from: str = ""
    rcpt_to: list[str] = field(default_factory=list)
    smtputf8: bool = False
    declared_size: int = 0


_SENDER_OK = Answer(replies.SENDER_OK)
_RECIPIENT_OK = Answer(replies.RECIPIENT_OK)
_GO_AHEAD = Answer(replies.GO_AHEAD, Next.DATA)


class Conversation:
    """Where one session stands. A new one begins with the connection, and again with TLS (RFC 3207, 4.2).

    `count` is told of every refusal: its reply, and the domain of the recipient or "".
    `envelope` is the open transaction, and empty while there is none.
    """

    def __init__(self, terms: Terms, count: Callable[[str, str], None], *, secured: bool) -> None:
        self._terms = terms
        self._count = count
        self._secured = secured
        self._errors = 0
        self._idle_commands = 0
        self._bad_recipients = 0
        self.helo = ""
        self.extended = False
        self.envelope = Envelope()
        self._is_open = False  # from MAIL on
        self.domain = ""  # of the recipient that the last command named

    def answer(self, line: bytes) -> Answer:
        """Take one line with its line end and answer it."""
        self.domain = ""
        said = self._obey(line)
        answer = Answer(said) if isinstance(said, str) else said
        if answer.reply[0] in "45":
            return self._late(self.refused(answer.reply, self.domain))
        if self._idle_commands > self._terms.limits.idle_commands:
            return self.refused(replies.TOO_MANY_COMMANDS)
        return answer

    def refused(self, reply: str, domain: str = "") -> Answer:
        """Count a refusal, and end the session that has had too many 5yz (Postfix and others do at 20)."""
        self._count(reply, domain)
        if reply.startswith("421"):
            return Answer(reply, Next.END)
        if reply.startswith("4"):
            return Answer(reply)
        self._errors += 1
        if self._errors >= self._terms.limits.errors:
            self._count(replies.TOO_MANY_ERRORS, "")
            return Answer(replies.TOO_MANY_ERRORS, Next.END)
        return Answer(reply)

    def _late(self, answer: Answer) -> Answer:
        """Keep the answer back from who asks for one unknown name after the other.

        A list of names is tried out against many servers; time is what it lacks.
        """
        if not self.domain or answer.reply[0] != "5":
            return answer
        self._bad_recipients += 1
        if self._bad_recipients <= self._terms.limits.bad_recipients:
            return answer
        return answer._replace(late=self._terms.limits.bad_recipient_seconds)

    def accepted(self) -> None:
        """Note that a message was taken: who brings mail may also make mistakes."""
        self._errors = self._idle_commands = 0

    def reset(self) -> None:
        """Forget the transaction, not the greeting (RFC 5321 section 4.1.1.5)."""
        self.envelope = Envelope()
        self._is_open = False

    def _obey(self, line: bytes) -> str | Answer:
        if len(line) > MAX_LINE:
            return replies.LINE_TOO_LONG
        command = _command(line)
        if command is None:
            return replies.BAD_LINE
        obey = self._VERBS.get(command.verb)
        if obey is None:
            return replies.UNKNOWN_COMMAND
        try:
            return obey(self, command.argument)
        except LoftBoxError as error:
            return reply_for(error)

    def _ehlo(self, name: str) -> str:
        if not name:
            return replies.BAD_NAME
        self._greeted(name, extended=True)
        offered = [
            self._terms.hostname,
            "PIPELINING",
            f"SIZE {self._terms.max_size}",
            "ENHANCEDSTATUSCODES",
            "8BITMIME",
        ]
        if self._terms.tls is not None and not self._secured:
            offered.append("STARTTLS")
        return "".join(f"250-{word}\r\n" for word in offered) + "250 SMTPUTF8"

    def _helo(self, name: str) -> str:
        if not name:
            return replies.BAD_NAME
        self._greeted(name, extended=False)
        return f"250 {self._terms.hostname}"

    def _greeted(self, name: str, *, extended: bool) -> None:
        self.reset()  # RFC 5321 section 4.1.4: a second EHLO does what RSET does
        self._idle_commands += 1
        self.helo = name[:255]
        self.extended = extended

    def _mail(self, argument: str) -> str | Answer:
        if not self.helo:
            return replies.GREET_FIRST
        if self._is_open:
            return replies.NESTED_MAIL
        try:
            path = reverse_path(argument)
        except BadAddress:
            return replies.BAD_SENDER
        if path.size is not None and path.size > self._terms.max_size:
            return replies.TOO_LARGE
        if not (path.smtputf8 or path.address.isascii()):
            return replies.NEEDS_SMTPUTF8
        self._idle_commands += 1
        self._is_open = True
        self.envelope.mail_from = path.address
        self.envelope.smtputf8 = path.smtputf8
        self.envelope.declared_size = path.size or 0
        return _SENDER_OK

    def _rcpt(self, argument: str) -> str | Answer:
        if not self._is_open:
            return replies.NO_SENDER
        address = forward_path(argument)
        self.domain = address.rpartition("@")[2]
        rcpt_to = self.envelope.rcpt_to
        if not (self.envelope.smtputf8 or address.isascii()):
            return replies.NEEDS_SMTPUTF8
        if address in rcpt_to:
            self._idle_commands += 1
            return _RECIPIENT_OK
        if len(rcpt_to) >= self._terms.limits.recipients:
            self._idle_commands += 1
            return replies.TOO_MANY_RECIPIENTS
        self._terms.check_recipient(address)
        rcpt_to.append(address)
        return _RECIPIENT_OK

    def _data(self, argument: str) -> str | Answer:
        if argument:
            return replies.NO_ARGUMENT
        if not self.envelope.rcpt_to:
            return replies.NO_RECIPIENTS
        return _GO_AHEAD

    def _rset(self, argument: str) -> str:
        if argument:
            return replies.NO_ARGUMENT
        self._idle_commands += 1
        self.reset()
        return replies.DONE

    def _noop(self, _argument: str) -> str:
        self._idle_commands += 1
        return replies.DONE

    def _vrfy(self, argument: str) -> str:
        if not argument:
            raise BadInput("VRFY has no argument")
        self._idle_commands += 1
        return replies.CANNOT_VERIFY

    def _help(self, _argument: str) -> str:
        self._idle_commands += 1
        return replies.SEE_RFC

    def _starttls(self, argument: str) -> str | Answer:
        if argument:
            return replies.NO_ARGUMENT
        if self._secured:
            return replies.ALREADY_TLS
        if self._terms.tls is None:
            return replies.NOT_OFFERED
        return Answer(replies.READY_FOR_TLS, Next.TLS)

    def _quit(self, argument: str) -> str | Answer:
        if argument:
            return replies.NO_ARGUMENT
        return Answer(replies.GOODBYE, Next.END)

    def _not_offered(self, _argument: str) -> str:
        return replies.NOT_OFFERED

    _VERBS: ClassVar[dict[str, Callable[["Conversation", str], str | Answer]]] = {
        "EHLO": _ehlo,
        "HELO": _helo,
        "MAIL": _mail,
        "RCPT": _rcpt,
        "DATA": _data,
        "RSET": _rset,
        "NOOP": _noop,
        "VRFY": _vrfy,
        "HELP": _help,
        "STARTTLS": _starttls,
        "QUIT": _quit,
        "EXPN": _not_offered,
        "AUTH": _not_offered,
        "BDAT": _not_offered,
        "ETRN": _not_offered,
        "TURN": _not_offered,
    }


class _Command(NamedTuple):
    verb: str  # in upper case
    argument: str


@lru_cache(maxsize=512)  # a sender says the same lines for each of its messages
def _command(line: bytes) -> _Command | None:
    """Read a line with its CRLF; None when it is not text or does not end so (RFC 5321 section 2.3.8)."""
    if not line.endswith(b"\r\n"):
        return None
    try:
        text = line[:-2].decode()
    except UnicodeDecodeError:
        return None
    if _CONTROL.search(text):
        return None
    verb, _, argument = text.partition(" ")
    return _Command(verb.upper(), argument.strip(" \t"))
