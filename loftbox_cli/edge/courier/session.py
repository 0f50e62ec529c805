"""One SMTP session, once it is open: it carries one message after another (RFC 5321 section 3.3).

Where the peer has PIPELINING (RFC 2920), MAIL and RCPT go together. DATA waits until
it is on disk that the message is being handed over.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from loftbox_cli.core.parcel import Parcel
from loftbox_cli.core.report import Reply, Report, Stage
from loftbox_cli.core.smtp_wire import needs_smtputf8, read_reply, stuffed
from loftbox_cli.core.tls_policy import Assurance
from loftbox_cli.edge.courier.dialing import Peer, StepError
from loftbox_cli.edge.courier.dialog import Dialog
from loftbox_cli.edge.courier.timeouts import Timeouts
from loftbox_cli.edge.courier.transcript import Transcript
from loftbox_cli.edge.courier.wire import NotSmtp, Response

MOST_MESSAGES = 100  # of one session; then another server of a pool gets its turn
_BLOCK = 256 * 1024


class Session:
    """A session with one peer. `tls` is its version and cipher, "" for plain text."""

    def __init__(
        self,
        dialog: Dialog,
        extensions: Mapping[str, str],
        timeouts: Timeouts,
        tls: str,
        assurance: Assurance,
    ) -> None:
        self.tls = tls
        self.assurance = assurance
        self.carried = 0
        self._dialog = dialog
        self._wire = dialog.wire
        self._extensions = extensions
        self._timeouts = timeouts
        self._in_transaction = False
        self._dot_left = False

    @property
    def peer(self) -> Peer:
        """Whom it is with."""
        return self._dialog.peer

    @property
    def in_step(self) -> bool:
        """Whether it is open and we know which command the peer expects."""
        return self._dialog.in_step

    @property
    def reusable(self) -> bool:
        """Whether another message may follow."""
        return self.in_step and self.carried < MOST_MESSAGES

    async def carry(
        self, parcel: Parcel, *, before_data: Callable[[], Awaitable[None]], transcript: Transcript
    ) -> Report:
        """Hand one message over and tell how far it came."""
        self._dialog.transcript = transcript
        if self.carried:
            transcript.noticed(f"using the open connection to {self.peer}")
        self.carried += 1
        try:
            await self._envelope(parcel)
            await before_data()
            response = await self._content(stuffed(parcel.raw))
        except StepError as error:
            return error.report(self.peer, self.tls, transcript)
        said = read_reply(response.code, response.text)
        return StepError(Stage.DOT, said=said).report(self.peer, self.tls, transcript)

    async def leave(self) -> None:
        """Say QUIT (RFC 5321 section 4.1.1.10) and close."""
        with suppress(StepError):
            await self._dialog.ask(Stage.DOT, "QUIT", self._timeouts.quit)
        self.close()
        await asyncio.sleep(0)  # the event loop closes the socket in its next round

    def close(self) -> None:
        """Close at once."""
        self._wire.close()

    async def _envelope(self, parcel: Parcel) -> None:
        if self._in_transaction:
            await self._reset()
        mail = " ".join((f"MAIL FROM:<{parcel.mail_from}>", *self._options(parcel)))
        rcpt = f"RCPT TO:<{parcel.rcpt_to}>"
        if "PIPELINING" in self._extensions:
            await self._pipelined(mail, rcpt)
            return
        await self._dialog.ask(Stage.MAIL, mail, self._timeouts.mail)
        self._in_transaction = True
        await self._dialog.ask(Stage.RCPT, rcpt, self._timeouts.rcpt)

    async def _pipelined(self, mail: str, rcpt: str) -> None:
        dialog = self._dialog
        dialog.send(Stage.MAIL, [mail, rcpt])
        self._in_transaction = True
        try:
            dialog.judge(Stage.MAIL, await dialog.listen(Stage.MAIL, self._timeouts.mail), 2)
        except StepError:
            # What follows answers the other command, and says no more than this did.
            if self._wire.is_open:
                with suppress(StepError):
                    await dialog.listen(Stage.RCPT, self._timeouts.rcpt)
                    dialog.mid_step = False
            raise
        response = await dialog.listen(Stage.RCPT, self._timeouts.rcpt)
        dialog.mid_step = False
        dialog.judge(Stage.RCPT, response, 2)

    async def _reset(self) -> None:
        try:
            await self._dialog.ask(Stage.MAIL, "RSET", self._timeouts.mail)
        except StepError as error:
            # Whatever the peer said, it was not about this message.
            self.close()
            raise StepError(Stage.MAIL, fault=f"{self.peer} did not take RSET") from error
        self._in_transaction = False

    def _options(self, parcel: Parcel) -> list[str]:
        """Choose what MAIL declares. What the peer lacks is final (RFC 6152 section 3, RFC 6531 3.2)."""
        options = []
        international = needs_smtputf8(parcel.raw, parcel.mail_from, parcel.rcpt_to)
        if international:
            # First: who has SMTPUTF8 has 8BITMIME too (RFC 6531 section 3.1), and who lacks both lacks this.
            self._need("SMTPUTF8", "addresses or headers in UTF-8", Reply(553, "5.6.7", ""))
        if "SIZE" in self._extensions:
            self._check_size(len(parcel.raw))
            options.append(f"SIZE={len(parcel.raw)}")  # RFC 1870 section 3: without dot-stuffing
        if not parcel.raw.isascii():
            self._need("8BITMIME", "8-bit content", Reply(554, "5.6.3", ""))
            options.append("BODY=8BITMIME")
        if international:
            options.append("SMTPUTF8")
        return options

    def _check_size(self, size: int) -> None:
        most = self._extensions["SIZE"].strip()
        # RFC 1870 section 4: no number and 0 both mean that none is fixed.
        if most.isdecimal() and 0 < int(most) < size:
            fact = f"{self.peer.host} takes messages of {most} octets at most, and this has {size}"
            raise StepError(Stage.MAIL, said=Reply(552, "5.3.4", fact), hopeless=True)

    def _need(self, extension: str, what: str, verdict: Reply) -> None:
        if extension not in self._extensions:
            fact = f"{self.peer.host} does not take {what}"
            raise StepError(Stage.MAIL, said=Reply(verdict.code, verdict.enhanced, fact), hopeless=True)

    async def _content(self, octets: bytes) -> Response:
        dialog = self._dialog
        await dialog.ask(Stage.DATA, "DATA", self._timeouts.data, want=3)
        dialog.mid_step, self._dot_left = True, False
        try:
            async with asyncio.timeout(None) as deadline:
                pouring = asyncio.ensure_future(self._pour(octets, deadline))
                try:
                    response = await self._wire.response()
                finally:
                    pouring.cancel()
        except (NotSmtp, OSError) as error:
            # Without the final dot nothing was handed over; with it we cannot know.
            raise dialog.broken(Stage.DOT if self._dot_left else Stage.DATA, error) from error
        if not self._dot_left or self._wire.unsent:
            # An answer before the end: the peer refuses to read on, or is no SMTP server.
            self.close()
            dialog.judge(Stage.DATA, response, want=0)
        dialog.mid_step = self._in_transaction = False
        return dialog.judge(Stage.DOT, response, 2)

    async def _pour(self, octets: bytes, deadline: asyncio.Timeout) -> None:
        """Send as fast as the peer reads, with time for each block and then for the answer."""
        now = asyncio.get_running_loop().time
        with suppress(OSError):  # whoever waits for the answer hears of it
            for start in range(0, len(octets), _BLOCK):
                deadline.reschedule(now() + self._timeouts.block)
                self._dot_left = start + _BLOCK >= len(octets)
                self._wire.write(octets[start : start + _BLOCK])
                await self._wire.drained()
            deadline.reschedule(now() + self._timeouts.dot)
