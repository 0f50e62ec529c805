"""One SMTP session: opened once, then used for one message after another (RFC 5321 section 3)."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import cast

from aiosmtplib import SMTP, SMTPException, SMTPResponse, SMTPResponseException, SMTPStatus
from aiosmtplib.protocol import SMTPProtocol

from loftbox_cli.core.parcel import Parcel
from loftbox_cli.core.report import Report, Stage
from loftbox_cli.core.smtp_wire import header_of, read_reply, stuffed
from loftbox_cli.edge.courier.dialing import Peer, StepError, dialed
from loftbox_cli.edge.courier.timeouts import Timeouts
from loftbox_cli.edge.courier.transcript import Transcript

MOST_MESSAGES = 100  # of one session; then another server of a pool gets its turn
_BLOCK = 256 * 1024
_AWAITED = {
    Stage.GREETING: "the greeting",
    Stage.TLS: "the TLS handshake",
    Stage.DOT: "the answer after the final dot",
}


class Session:
    """A session with one peer. `tls` is its version and cipher, "" for plain text."""

    def __init__(self, peer: Peer, client: SMTP, timeouts: Timeouts, transcript: Transcript) -> None:
        self.peer = peer
        self.tls = ""
        self.carried = 0
        self._client = client
        self._timeouts = timeouts
        self._transcript = transcript
        self._flow: asyncio.StreamWriter | None = None
        self._mid_step = False  # interrupted now, we would not know where the peer is
        self._in_transaction = False
        self._dot_left = False

    @classmethod
    async def open(
        cls,
        peer: Peer,
        *,
        hostname: str,
        context: ssl.SSLContext | None,
        timeouts: Timeouts,
        transcript: Transcript,
    ) -> "Session":
        """Connect, greet, and start TLS where the peer offers it and `context` is given.

        Raises StepError.
        """
        connection = await dialed(peer, patience=timeouts.connect, transcript=transcript)
        client = SMTP(local_hostname=hostname, sock=connection, start_tls=False, timeout=None)
        session = cls(peer, client, timeouts, transcript)
        try:
            await session._greet(hostname)
            if context is not None and client.supports_extension("starttls"):
                await session._start_tls(context)
                await session._introduce(hostname)
            session._watch_flow()
        except BaseException:
            session.close()
            raise
        return session

    @property
    def in_step(self) -> bool:
        """Whether it is open and we know which command the peer expects."""
        return self._client.is_connected and not self._mid_step

    @property
    def reusable(self) -> bool:
        """Whether another message may follow."""
        return self.in_step and self.carried < MOST_MESSAGES

    async def carry(
        self, parcel: Parcel, *, before_data: Callable[[], Awaitable[None]], transcript: Transcript
    ) -> Report:
        """Hand one message over and tell how far it came."""
        self._transcript = transcript
        if self.carried:
            transcript.noticed(f"using the open connection to {self.peer}")
        self.carried += 1
        try:
            await self._envelope(parcel)
            await before_data()
            response = await self._content(stuffed(parcel.raw))
        except StepError as error:
            return error.report(self.peer, self.tls, transcript)
        said = read_reply(*response)
        return StepError(Stage.DOT, said=said).report(self.peer, self.tls, transcript)

    async def leave(self) -> None:
        """Say QUIT (RFC 5321 section 4.1.1.10) and close."""
        with suppress(SMTPException, OSError):
            await self._client.quit(timeout=self._timeouts.quit)
        self.close()
        await asyncio.sleep(0)  # the event loop closes the socket in its next round

    def close(self) -> None:
        """Close at once: what is still on its way is thrown away, and TLS takes no leave of its own."""
        transport = self._client.transport if self._flow is None else self._flow.transport
        self._client.close()
        if transport is not None:
            cast("asyncio.WriteTransport", transport).abort()

    async def _greet(self, hostname: str) -> None:
        try:
            response = await self._client.connect(timeout=self._timeouts.greeting)
        except SMTPResponseException as error:
            raise self._refused(Stage.GREETING, SMTPResponse(error.code, error.message)) from error
        except (SMTPException, OSError) as error:
            raise self._broken(Stage.GREETING, error) from error
        self._transcript.heard(*response)
        try:
            await self._introduce(hostname)
        except StepError as error:
            # RFC 5321 3.2: an old server knows only HELO.
            if error.said is None or error.said.code < 500:
                raise
            await self._ask(Stage.EHLO, f"HELO {hostname}", self._timeouts.ehlo)

    async def _introduce(self, hostname: str) -> None:
        response = await self._ask(Stage.EHLO, f"EHLO {hostname}", self._timeouts.ehlo)
        self._client.last_ehlo_response = response

    async def _start_tls(self, context: ssl.SSLContext) -> None:
        self._transcript.said("STARTTLS")
        try:
            response = await self._client.starttls(
                tls_context=context, server_hostname=self.peer.host, timeout=self._timeouts.tls
            )
            secured = self._client.get_transport_info("ssl_object")
        except SMTPResponseException as error:
            raise self._refused(Stage.TLS, SMTPResponse(error.code, error.message)) from error
        except (SMTPException, OSError, ValueError) as error:
            # ValueError: a host name that cannot stand in a handshake.
            raise self._broken(Stage.TLS, error) from error
        self._transcript.heard(*response)
        self.tls = f"{secured.version()} {secured.cipher()[0]}"
        self._transcript.noticed(f"encrypted with {self.tls}")

    def _watch_flow(self) -> None:
        # aiosmtplib has no public way to wait until a peer has read; asyncio's own writer has.
        self._flow = asyncio.StreamWriter(
            cast("asyncio.WriteTransport", self._client.transport),
            cast("SMTPProtocol", self._client.protocol),
            None,
            asyncio.get_running_loop(),
        )

    async def _envelope(self, parcel: Parcel) -> None:
        if self._in_transaction:
            await self._reset()
        mail = " ".join((f"MAIL FROM:<{parcel.mail_from}>", *self._options(parcel)))
        await self._ask(Stage.MAIL, mail, self._timeouts.mail)
        self._in_transaction = True
        await self._ask(Stage.RCPT, f"RCPT TO:<{parcel.rcpt_to}>", self._timeouts.rcpt)

    async def _reset(self) -> None:
        try:
            await self._ask(Stage.MAIL, "RSET", self._timeouts.mail)
        except StepError as error:
            # Whatever the peer said, it was not about this message.
            self.close()
            raise StepError(Stage.MAIL, fault=f"{self.peer} did not take RSET") from error
        self._in_transaction = False

    def _options(self, parcel: Parcel) -> list[str]:
        """Choose what MAIL declares. What the peer lacks is final (RFC 6152 section 3, RFC 6531 3.2)."""
        options = []
        if self._client.supports_extension("size"):
            options.append(f"SIZE={len(parcel.raw)}")  # RFC 1870 section 3: without dot-stuffing
        if not parcel.raw.isascii():
            self._need("8bitmime", "8-bit content")
            options.append("BODY=8BITMIME")
        if not ((parcel.mail_from + parcel.rcpt_to).isascii() and header_of(parcel.raw).isascii()):
            self._need("smtputf8", "addresses or headers in UTF-8")
            options.append("SMTPUTF8")
        return options

    def _need(self, extension: str, what: str) -> None:
        if not self._client.supports_extension(extension):
            raise StepError(Stage.MAIL, fault=f"{self.peer.host} does not take {what}", hopeless=True)

    async def _content(self, wire: bytes) -> SMTPResponse:
        await self._ask(Stage.DATA, "DATA", self._timeouts.data, want=3)
        self._mid_step, self._dot_left = True, False
        protocol, flow = self._client.protocol, self._flow
        if protocol is None or flow is None:
            raise self._broken(Stage.DATA, ConnectionError())
        try:
            async with asyncio.timeout(None) as deadline:
                pouring = asyncio.ensure_future(self._pour(wire, protocol, flow, deadline))
                try:
                    response = await protocol.read_response()
                finally:
                    pouring.cancel()
        except (SMTPException, OSError) as error:
            # Without the final dot nothing was handed over; with it we cannot know.
            raise self._broken(Stage.DOT if self._dot_left else Stage.DATA, error) from error
        if not self._dot_left or flow.transport.get_write_buffer_size():
            # An answer before the end: the peer refuses to read on, or is no SMTP server.
            self.close()
            raise self._refused(Stage.DATA, response)
        self._mid_step = self._in_transaction = False
        return self._judged(Stage.DOT, response, 2)

    async def _pour(
        self, wire: bytes, protocol: SMTPProtocol, flow: asyncio.StreamWriter, deadline: asyncio.Timeout
    ) -> None:
        """Send as fast as the peer reads, with time for each block and then for the answer."""
        now = asyncio.get_running_loop().time
        with suppress(SMTPException, OSError):  # whoever waits for the answer hears of it
            for start in range(0, len(wire), _BLOCK):
                deadline.reschedule(now() + self._timeouts.block)
                self._dot_left = start + _BLOCK >= len(wire)
                protocol.write(wire[start : start + _BLOCK])
                await flow.drain()
            deadline.reschedule(now() + self._timeouts.dot)

    async def _ask(self, stage: Stage, command: str, patience: float, *, want: int = 2) -> SMTPResponse:
        self._transcript.said(command)
        self._mid_step = True
        try:
            response = await self._client.execute_command(command.encode(), timeout=patience)
        except (SMTPException, OSError) as error:
            raise self._broken(stage, error) from error
        self._mid_step = False
        return self._judged(stage, response, want)

    def _judged(self, stage: Stage, response: SMTPResponse, want: int) -> SMTPResponse:
        """Go by the first digit (RFC 5321 section 4.2.1)."""
        if response.code // 100 != want:
            raise self._refused(stage, response)
        self._transcript.heard(*response)
        return response

    def _refused(self, stage: Stage, response: SMTPResponse) -> StepError:
        if response.code == SMTPStatus.invalid_response:
            return self._broken(stage, SMTPResponseException(*response))
        self._transcript.heard(*response)
        if response.code // 100 not in (4, 5):
            self.close()
            return StepError(stage, fault=f"{response.code} is no answer to {stage.value.upper()}")
        if response.code == SMTPStatus.domain_unavailable:
            self.close()  # RFC 5321 3.8: after 421 the peer closes
        return StepError(stage, said=read_reply(*response))

    def _broken(self, stage: Stage, error: Exception) -> StepError:
        self.close()
        awaited = _AWAITED.get(stage, f"the answer to {stage.value.upper()}")
        match error:
            case TimeoutError():
                fault = f"timed out while waiting for {awaited}"
            case SMTPResponseException():
                fault = f"{awaited} was not SMTP"
            case ssl.SSLError() | ValueError():
                fault = f"TLS failed: {error}"
            case _:
                fault = f"the connection broke before {awaited}"
        self._transcript.noticed(fault)
        return StepError(stage, fault=fault)
