"""One SMTP session on its connection.

It reads a line or a message, asks the conversation or hands the message over, and
writes the reply. A fault of ours is 451, the session goes on, and the sender tries
again: a 5yz would cost it the mail.
"""

import asyncio
from dataclasses import replace
from traceback import extract_tb

import structlog

from loftbox_cli.core.arrival import Arrival
from loftbox_cli.core.errors import LoftBoxError
from loftbox_cli.edge.smtp_in import replies
from loftbox_cli.edge.smtp_in.connection import DATA_BLOCK, Connection
from loftbox_cli.edge.smtp_in.content import refusal_for
from loftbox_cli.edge.smtp_in.conversation import MAX_LINE, Answer, Conversation, Next
from loftbox_cli.edge.smtp_in.data import Data
from loftbox_cli.edge.smtp_in.replies import reply_for
from loftbox_cli.edge.smtp_in.terms import Terms
from loftbox_cli.edge.smtp_in.trace import trace_fields

_COMMAND_BLOCK = 4096
_PROGRESS = 1024  # octets of DATA that buy more time; one octet at a time buys none
_log = structlog.get_logger(__name__)


class Session(Connection):
    """Reads commands and messages of one peer, and says what became of them."""

    def __init__(self, terms: Terms, open_ones: set[Connection], taking: set[asyncio.Task[str]]) -> None:
        super().__init__(terms, open_ones)
        self._taking = taking
        self._held = 0  # octets of the budget
        self._talk = self._conversation(secured=False)

    def _conversation(self, *, secured: bool) -> Conversation:
        return Conversation(self._terms, self._count_refusal, secured=secured)

    async def _handle_client(self) -> None:
        """Serve the peer from the greeting to the end (aiosmtpd starts this)."""
        try:
            await self._serve()
        except OSError:
            pass  # the peer went away, or its TLS broke
        except Exception as error:  # noqa: BLE001 - nobody above would answer the peer
            self._close_with(self._fault(error))
        finally:
            if self._timeout_handle is not None:
                self._timeout_handle.cancel()
            self._hang_up()

    async def _serve(self) -> None:
        if unwelcome := self._come_in():
            self._count_refusal(unwelcome)
            self._say(unwelcome)
            await self._flush()
            return
        self._say(f"220 {self._terms.hostname} ESMTP")
        while (line := await self._line()) is not None:
            self._reset_timeout()
            answer = self._answer(line)
            if answer.next is Next.DATA:
                outcome = await self._data()
                if outcome is None:
                    return
                answer = outcome
            if answer.late:
                await self._flush()
                await asyncio.sleep(answer.late)
            self._say(answer.reply)
            if answer.next is Next.TLS:
                await self._secure()
                self._talk = self._conversation(secured=True)
            elif answer.next is Next.END:
                break
            elif self._leaving:
                self._say(replies.SHUTTING_DOWN)
                break
        await self._flush()

    def _answer(self, line: bytes) -> Answer:
        try:
            return self._talk.answer(line)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not cost the sender a mail
            return self._talk.refused(self._fault(error))

    async def _line(self) -> bytes | None:
        """Read one command with its line end, or of an overlong one its start; None when the peer is done."""
        inbox = self._inbox
        while (end := inbox.find(b"\n")) < 0:
            # A line that nobody will read is not kept either.
            del inbox[MAX_LINE + 1 :]
            block = await self._read(_COMMAND_BLOCK)
            if not block:
                return None
            inbox += block
        line = bytes(inbox[: end + 1])
        del inbox[: end + 1]
        return line

    async def _data(self) -> Answer | None:
        """Take one message; None when the peer went away in the middle of it."""
        if self._inbox:
            # RFC 2920 section 3.1: DATA is the last of its group. What comes before 354 was
            # not written by a mail server that listens to us.
            self._count_refusal(replies.NOT_IN_STEP)
            return Answer(replies.NOT_IN_STEP, Next.END)
        if not self._terms.peers.may_send(self._counted_as, self.loop.time()):
            return self._refused(replies.TOO_MANY_MESSAGES)
        self._busy = True
        try:
            if not self._terms.budget.fits(self._talk.envelope.declared_size + 1):
                return self._refused(replies.NO_MEMORY)
            self._say(replies.GO_AHEAD)
            data = Data(self._terms.max_size)
            if not await self._receive(data):
                return replace(self._refused(data.given_up), next=Next.END) if data.endless else None
            self._inbox += data.rest
            return await self._take(data)
        finally:
            self._busy = False
            self._let_go()
            self._talk.reset()
            self._reset_timeout()

    async def _receive(self, data: Data) -> bool:
        """Read to the end of the message; False when it will not come."""
        self._reset_timeout(self._terms.limits.block_seconds)
        progress = 0
        while block := await self._read(DATA_BLOCK):
            self._hold(data, len(block))
            if data.feed(block):
                return True
            if data.endless:
                break
            progress += len(block)
            if progress >= _PROGRESS:
                progress = 0
                self._reset_timeout(self._terms.limits.block_seconds)
        return False

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

    async def _take(self, data: Data) -> Answer:
        """Refuse the message for its form, or hand it over and wait until it is safe."""
        refusal = data.refusal()
        if refusal is None:
            content = data.content()
            refusal = refusal_for(content, self._terms.hostname)
        if refusal is not None:
            return self._refused(refusal)
        self._stop_clock()  # from here the clock runs against us, not against the peer
        try:
            arrival = self._arrival(content)
        except Exception as error:  # noqa: BLE001 - whatever it is, the sender must keep the mail
            return self._refused(self._fault(error))
        task = self.loop.create_task(self._accept(arrival))
        self._taking.add(task)
        task.add_done_callback(self._taking.discard)
        # A peer that hangs up ends the session, not the commit that has begun.
        reply = await asyncio.shield(task)
        if not reply.startswith("2"):
            return self._refused(reply)
        self._talk.accepted()
        return Answer(reply)

    def _arrival(self, content: bytes) -> Arrival:
        envelope = self._talk.envelope
        arrival = Arrival(
            request_id=self._terms.new_request_id(),
            received_at=self._terms.clock.now(),
            peer=self._peer,
            helo=self._talk.helo,
            tls=self._tls,
            mail_from=envelope.mail_from,
            rcpt_to=envelope.rcpt_to,
            raw=content,
            trace=b"",
            smtputf8=envelope.smtputf8,
        )
        return replace(
            arrival, trace=trace_fields(arrival, by=self._terms.hostname, extended=self._talk.extended)
        )

    async def _accept(self, arrival: Arrival) -> str:
        """Hand one message over; the reply says what became of it, and nothing is raised."""
        try:
            earlier = await self._terms.accept(arrival)
        except LoftBoxError as error:
            _log.warning(
                "smtp_message_not_taken", request_id=arrival.request_id, peer=arrival.peer, code=error.code
            )
            return reply_for(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the sender must keep the mail
            return self._fault(error, arrival.request_id)
        if earlier is not None:
            # RFC 1047: the peer did not hear our first 250. One message, and one place to look for it.
            _log.info("smtp_message_again", request_id=arrival.request_id, first=earlier, peer=arrival.peer)
        self._terms.counts.accepted(arrival.received_at)
        return f"250 2.0.0 accepted as {earlier or arrival.request_id}"

    def _fault(self, error: Exception, request_id: str = "") -> str:
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
