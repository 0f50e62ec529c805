"""Somebody else's mail server on loopback (RFC 5321), with a person behind it who can answer.

It takes every recipient and keeps each message with its envelope, byte for byte. With
a certificate it offers STARTTLS (RFC 3207).
"""

import asyncio
import logging
import ssl
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from loftbox_cli.edge.simulator.answer import answer
from loftbox_cli.edge.simulator.tray import Tray

MAX_SIZE = 64 << 20  # more than any gateway sends


@dataclass(frozen=True, slots=True)
class Mail:
    """One message as it arrived; `tls` names the version, "" for none."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    content: bytes
    tls: str


class Recipient:
    """A mail server for the people of one domain. `received` holds what came."""

    def __init__(
        self, *, hostname: str, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        self.hostname = hostname
        self.host = host
        self.port = port
        self.received: Tray[Mail] = Tray()
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._sessions: set[_Conversation] = set()

    async def open(self) -> None:
        """Listen; afterwards `port` is the real one."""
        # aiosmtpd logs whole commands at INFO.
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._converse, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and hang up."""
        if self._server is not None:
            self._server.close()
        sessions = tuple(self._sessions)
        for session in sessions:
            session.hang_up()
        if sessions:
            await asyncio.wait([session.gone for session in sessions])

    async def reply(
        self, mail: Mail, text: str, *, gateway: tuple[str, int], date: datetime, message_id: str
    ) -> bytes:
        """Let the first recipient of `mail` answer it, by SMTP to `gateway`; answers the bytes that went.

        Raises aiosmtplib.SMTPException when the gateway does not take them.
        """
        import aiosmtplib

        from_ = mail.rcpt_to[0]
        raw = answer(mail.content, text, from_=from_, date=date, message_id=message_id)
        client = aiosmtplib.SMTP(
            hostname=gateway[0],
            port=gateway[1],
            local_hostname=self.hostname,
            validate_certs=False,  # as most senders do (RFC 7435)
        )
        async with client:
            await client.sendmail(from_, [_author(mail.content)], raw)
        return raw

    def _converse(self) -> "_Conversation":
        session = _Conversation(self.received, self.hostname, self._tls)
        self._sessions.add(session)
        session.gone.add_done_callback(lambda _: self._sessions.discard(session))
        return session


class _Conversation(SMTP):
    """One connection. `gone` is done once it is closed for good."""

    def __init__(self, received: Tray[Mail], hostname: str, tls: ssl.SSLContext | None) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(
            _Keeping(received),
            data_size_limit=MAX_SIZE,
            enable_SMTPUTF8=True,
            hostname=hostname,
            ident="ESMTP",
            tls_context=tls,
            loop=loop,
        )
        self.gone: asyncio.Future[None] = loop.create_future()

    def hang_up(self) -> None:
        """Close at once, in the middle of whatever is said."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        if not self.gone.done():
            self.gone.set_result(None)


class _Keeping:
    """What aiosmtpd asks when a message is complete."""

    def __init__(self, received: Tray[Mail]) -> None:
        self._received = received

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802 - the form is aiosmtpd's
        await self._received.put(
            Mail(
                mail_from=envelope.mail_from or "",
                rcpt_to=tuple(envelope.rcpt_tos),
                content=envelope.original_content or b"",
                tls=_version(session.ssl),
            )
        )
        return "250 2.0.0 kept"


def _version(tls: dict[str, Any] | None) -> str:
    """The TLS version; aiosmtpd keeps the connection's extra values here, or nothing."""
    return str(tls["ssl_object"].version()) if tls else ""


def _author(content: bytes) -> str:
    from email import message_from_bytes, policy

    headers = message_from_bytes(content, policy=policy.SMTP)
    return str(headers["From"].addresses[0].addr_spec)
