"""One SMTP session on its connection.

It takes lines and messages out of what the peer says, asks the conversation or hands
the message over, and says the reply. A fault of ours is 451, the session goes on, and
the sender tries again: a 5yz would cost it the mail.
"""

import asyncio
from functools import partial
from traceback import extract_tb

import structlog

from loftbox_cli.core.arrival import Arrival
from loftbox_cli.core.errors import LoftBoxError
from loftbox_cli.core.ids import RequestId
from loftbox_cli.edge.smtp_in import replies
from loftbox_cli.edge.smtp_in.connection import Connection
from loftbox_cli.edge.smtp_in.content import refusal_for
from loftbox_cli.edge.smtp_in.conversation import MAX_LINE, Answer, Conversation, Next
from loftbox_cli.edge.smtp_in.data import Data
from loftbox_cli.edge.smtp_in.replies import reply_for
from loftbox_cli.edge.smtp_in.terms import Terms
from loftbox_cli.edge.smtp_in.trace import trace_fields, way_here

_PROGRESS = 1024  # octets of DATA that buy more time; one octet at a time buys none
_log = structlog.get_logger(__name__)

Saving = asyncio.Future[RequestId]


class Session(Connection):
    """Reads commands and messages of one peer, and says what became of them."""

    def __init__(self, terms: Terms, open_ones: set[Connection], saving: set[Saving]) -> None:
        super().__init__(terms, open_ones)
        self._saving = saving
        self._data: Data | None = None  # the message that is coming
        self._progress = 0
        self._held = 0  # octets of the budget
        self._talk = self._conversation()

    def _conversation(self) -> Conversation:
        return Conversation(self._terms, self._count_refusal, secured=bool(self._tls))

    def connection_lost(self, error: Exception | None) -> None:
        """Forget a message that will not come; one that is being saved is saved all the same."""
        super().connection_lost(error)
        if not self._waits:
            self._let_go()

    def _begin(self) -> None:
        if unwelcome := self._come_in():
            self._count_refusal(unwelcome)
            self._say(unwelcome)
            self._end()
            return
        self._say(f"220 {self._terms.hostname} ESMTP")
        self._flush()

    def _start_over(self) -> None:
        self._talk = self._conversation()

    def _take_in(self, block: bytes) -> None:
        try:
            if self._data is not None:
                self._receive(self._data, block)
            elif self._inbox or block.count(b"\n") != 1 or not block.endswith(b"\n"):
                self._inbox += block
            else:
                # Most clients wait for each reply, so that a block is one whole command.
                self._follow(self._answer(block))
            if self._inbox or self._unread:
                self._obey_lines()
            if self._eof and not self._stands_still:
                self._end()
            elif not self._is_over:
                self._flush()
        except Exception as error:  # noqa: BLE001 - nobody above would answer the peer
            self._close_with(self._fault(error))

    def _go_on(self) -> None:
        if not self._stands_still:
            kept = bytes(self._inbox)
            self._inbox.clear()
            self._weigh_inbox()
            self._read_again()
            self._take_in(kept)

    def _obey_lines(self) -> None:
        while not self._stands_still and self._data is None and (line := self._line()):
            self._follow(self._answer(line))
        self._weigh_inbox()

    def _line(self) -> bytes | None:
        """Take out one command with its line end, or of an overlong one its start; None without one."""
        inbox = self._inbox
        end = inbox.find(b"\n")
        if end < 0:
            # A line that nobody will read is not kept either.
            del inbox[MAX_LINE + 1 :]
            return None
        line = bytes(inbox[: end + 1])
        del inbox[: end + 1]
        return line

    def _answer(self, line: bytes) -> Answer:
        try:
            answer = self._talk.answer(line)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not cost the sender a mail
            return self._talk.refused(self._fault(error), self._talk.domain)
        if answer.reply[0] == "5" and not self._terms.peers.may_guess(self._counted_as, self._loop.time()):
            return self._talk.refused(replies.TOO_MANY_GUESSES)
        return answer

    def _follow(self, answer: Answer) -> None:
        """Say an answer and do what it asks for."""
        if answer.next is Next.DATA:
            self._begin_data()
            return
        self._reset_timeout(self._terms.limits.command_seconds)
        if answer.late:
            self._flush()
            self._waits = True
            self._loop.call_later(answer.late, self._say_late, answer._replace(late=0.0))
            return
        self._say(answer.reply)
        if answer.next is Next.TLS:
            self._secure()
        elif answer.next is Next.END:
            self._end()
        elif self._leaving:
            self._say(replies.SHUTTING_DOWN)
            self._end()

    def _say_late(self, answer: Answer) -> None:
        self._waits = False
        if not self._is_over:
            self._follow(answer)
            self._go_on()

    def _begin_data(self) -> None:
        if self._inbox:
            # RFC 2920 section 3.1: DATA is the last of its group. What comes before 354 was
            # not written by a mail server that listens to us.
            self._count_refusal(replies.NOT_IN_STEP)
            self._follow(Answer(replies.NOT_IN_STEP, Next.END))
        elif not self._terms.peers.may_send(self._counted_as, self._loop.time()):
            self._follow(self._refused(replies.TOO_MANY_MESSAGES))
        elif not self._terms.budget.fits(self._talk.envelope.declared_size + 1):
            self._finish(self._refused(replies.NO_MEMORY))
        else:
            self._busy = True
            self._say(replies.GO_AHEAD)
            self._data = Data(self._terms.max_size)
            self._progress = 0
            self._reset_timeout(self._terms.limits.block_seconds)

    def _receive(self, data: Data, block: bytes) -> None:
        """Take the next octets of a message."""
        ended = data.feed(block)
        self._hold(data, len(block) - len(data.rest))
        if ended:
            self._data = None
            self._inbox += data.rest
            self._take(data)
        elif data.endless:
            self._finish(self._refused(data.given_up)._replace(next=Next.END))
        else:
            self._progress += len(block)
            if self._progress >= _PROGRESS:
                self._progress = 0
                self._reset_timeout(self._terms.limits.block_seconds)

    def _hold(self, data: Data, octets: int) -> None:
        """Take the next octets out of the budget, or give the message up."""
        if not data.given_up:
            if self._terms.budget.take(octets):
                self._held += octets
                return
            data.give_up()
        self._let_go()

    def _let_go(self) -> None:
        self._terms.budget.give_back(self._held)
        self._held = 0

    def _refused(self, reply: str) -> Answer:
        """Refuse the message; it is counted for the domain of its first recipient."""
        domain = self._talk.envelope.rcpt_to[0].rpartition("@")[2]
        return self._talk.refused(reply, domain)

    def _finish(self, answer: Answer) -> None:
        """Be done with a message, and say what became of it."""
        self._data = None
        self._busy = self._waits = False
        self._let_go()
        self._talk.reset()
        self._follow(answer)

    def _take(self, data: Data) -> None:
        """Refuse the message for its form, or hand it over and wait until it is safe."""
        refusal = data.refusal()
        if refusal is None:
            content = data.content()
            refusal = refusal_for(content, self._terms.hostname)
        if refusal is not None:
            self._finish(self._refused(refusal))
            return
        try:
            arrival = self._arrival(content)
            saving = asyncio.ensure_future(self._terms.accept(arrival))
        except Exception as error:  # noqa: BLE001 - whatever it is, the sender must keep the mail
            self._finish(self._refused(self._not_taken(error)))
            return
        self._stop_clock()  # from here the clock runs against us, not against the peer
        self._waits = True
        self._saving.add(saving)
        saving.add_done_callback(partial(self._saved, arrival.request_id))

    def _arrival(self, content: bytes) -> Arrival:
        terms, talk, envelope = self._terms, self._talk, self._talk.envelope
        request_id, received_at = terms.new_request_id(), terms.clock.now()
        way = way_here(terms.hostname, self._peer, talk.helo, self._tls, talk.extended, envelope.smtputf8)
        return Arrival(
            request_id=request_id,
            received_at=received_at,
            peer=self._peer,
            helo=talk.helo,
            tls=self._tls,
            mail_from=envelope.mail_from,
            rcpt_to=tuple(envelope.rcpt_to),
            raw=content,
            trace=trace_fields(way, request_id, received_at, envelope.mail_from, envelope.rcpt_to),
            smtputf8=envelope.smtputf8,
        )

    def _saved(self, request_id: RequestId, saving: Saving) -> None:
        """Tell the peer what became of its message, if it is still there to hear it."""
        self._saving.discard(saving)
        if saving.cancelled():
            # Whether it is kept is not known. The sender brings it again, and is told where the first is.
            self._let_go()
            self.cut()
            return
        error = saving.exception()
        taken = error is None
        reply = self._not_taken(error, request_id) if error else self._kept(request_id, saving.result())
        if self._is_over:
            self._let_go()
            return
        if taken:
            self._talk.accepted()
        self._finish(Answer(reply) if taken else self._refused(reply))
        self._go_on()

    def _kept(self, request_id: RequestId, kept_as: RequestId) -> str:
        """Word the 250."""
        if kept_as != request_id:
            # RFC 1047: the peer did not hear our first 250. One message, and one place to look for it.
            _log.info("smtp_message_again", request_id=request_id, first=kept_as, peer=self._peer)
        self._terms.counts.accepted(self._terms.clock.now())
        return f"250 2.0.0 accepted as {kept_as}"

    def _not_taken(self, error: BaseException, request_id: str = "") -> str:
        """Log why a message stays with its sender, and word the reply."""
        if not isinstance(error, LoftBoxError):
            return self._fault(error, request_id)
        _log.warning("smtp_message_not_taken", request_id=request_id, peer=self._peer, code=error.code)
        return reply_for(error)

    def _fault(self, error: BaseException, request_id: str = "") -> str:
        """Log a fault of ours by its kind and place: its message may quote mail."""
        frame = None if error.__traceback__ is None else extract_tb(error.__traceback__)[-1]
        _log.error(
            "smtp_fault",
            request_id=request_id,
            peer=self._peer,
            error=type(error).__qualname__,
            place="" if frame is None else f"{frame.filename}:{frame.lineno}",
        )
        return replies.OUR_FAULT
