"""Commands and replies, step by step: what each answer means for the attempt.

It goes by the first digit of a reply (RFC 5321 section 4.2.1), notes everything in
the transcript, and knows whether the peer is still in step.
"""

import asyncio
import ssl
from collections.abc import Sequence

from loftbox_cli.core.report import Stage
from loftbox_cli.core.smtp_wire import read_reply
from loftbox_cli.edge.courier.dialing import Peer, StepError
from loftbox_cli.edge.courier.transcript import Transcript
from loftbox_cli.edge.courier.wire import NotSmtp, Response, Wire, joined

CLOSING = 421  # RFC 5321 section 3.8: after it the peer closes
NEED_MORE = 530  # RFC 3207 section 4, RFC 4954 section 6: TLS or a login is wanted first
_AWAITED = {
    Stage.GREETING: "the greeting",
    Stage.TLS: "the TLS handshake",
    Stage.AUTH: "the answer to the login",
    Stage.DOT: "the answer after the final dot",
}


class Dialog:
    """One dialog. `mid_step` is true while we would not know, if interrupted, where the peer is."""

    def __init__(self, peer: Peer, wire: Wire, transcript: Transcript) -> None:
        self.peer = peer
        self.wire = wire
        self.transcript = transcript
        self.mid_step = False

    @property
    def in_step(self) -> bool:
        """Whether it is open and we know which command the peer expects."""
        return self.wire.is_open and self.wire.is_quiet and not self.mid_step

    async def greeting(self, patience: float) -> None:
        """Wait for the peer's first words."""
        self.mid_step = True
        response = await self.listen(Stage.GREETING, patience)
        self.mid_step = False
        self.judge(Stage.GREETING, response, 2)

    async def ask(
        self, stage: Stage, command: str, patience: float, *, want: int = 2, shown: str = ""
    ) -> Response:
        """Send one command and wait for its answer; `shown` stands for it in the transcript."""
        self.send(stage, [command], shown=[shown or command])
        response = await self.listen(stage, patience)
        self.mid_step = False
        return self.judge(stage, response, want)

    def send(self, stage: Stage, commands: Sequence[str], *, shown: Sequence[str] = ()) -> None:
        """Send commands; who does must listen once for each, and then end the step."""
        if not self.wire.is_quiet and self.wire.is_open:
            raise self.broken(stage, NotSmtp())
        for line in shown or commands:
            self.transcript.said(line)
        self.mid_step = True
        try:
            self.wire.write(joined(commands))
        except OSError as error:
            raise self.broken(stage, error) from error

    async def listen(self, stage: Stage, patience: float) -> Response:
        """Wait for one reply; raises StepError when none comes."""
        try:
            async with asyncio.timeout(patience):
                return await self.wire.response()
        except (NotSmtp, OSError) as error:
            raise self.broken(stage, error) from error

    def judge(self, stage: Stage, response: Response, want: int) -> Response:
        """Go by the first digit; raises StepError for another than wanted."""
        self.transcript.heard(response.code, response.text)
        if response.code // 100 == want:
            return response
        if response.code // 100 not in (4, 5):
            self.wire.close()
            raise StepError(stage, fault=f"{response.code} is no answer to {stage.value.upper()}")
        if response.code == CLOSING:
            self.wire.close()
        raise StepError(stage, said=read_reply(response.code, response.text))

    def broken(self, stage: Stage, error: Exception) -> StepError:
        """Close, and say what happened."""
        self.wire.close()
        awaited = _AWAITED.get(stage, f"the answer to {stage.value.upper()}")
        match error:
            case TimeoutError():
                fault = f"timed out while waiting for {awaited}"
            case NotSmtp():
                fault = f"{awaited} was not SMTP"
            case ssl.SSLCertVerificationError():
                fault = self.peer.demand.missed(f"the certificate is not good: {error.verify_message}")
            case ssl.SSLError() | ValueError():
                fault = f"TLS failed: {error}"
            case _:
                fault = f"the connection broke before {awaited}"
        self.transcript.noticed(fault)
        return StepError(stage, fault=fault)
