"""The work of a gateway by its own verbs, one step at a time and without a wire.

Mail is accepted, read (a reading that stands ready takes the place of the reading
process), filed and answered; deliveries and webhooks are claimed and settled as if a
peer had taken them.
"""

from collections.abc import Callable
from datetime import datetime

from loftbox_cli.core.arrival import Arrival
from loftbox_cli.core.draft import Draft
from loftbox_cli.core.endpoint import SEAL_PURPOSE, EndpointSecret
from loftbox_cli.core.ids import MessageId
from loftbox_cli.core.message import Message
from loftbox_cli.core.pacing import Slots
from loftbox_cli.core.parcel import Posted
from loftbox_cli.core.reading import Party, Reading
from loftbox_cli.core.report import Reply, Report, Stage
from loftbox_cli.core.retry import Schedule
from loftbox_cli.core.webhook_signature import spell_secret
from loftbox_cli.services import accept, deliveries, intake, notify, outcomes, submit
from loftbox_cli.services.gate import Passed
from loftbox_cli.services.tx import EVERYTHING
from loftbox_cli.wiring import LoftBox, system_user

SCHEDULE = Schedule()
SLOTS = Slots(20, 20)
TAKEN = Report(Stage.DOT, Reply(250, "2.0.0", "Ok: queued as 4711"), host="mx.peer.test", address="192.0.2.1")
ANSWERED = Posted(200, b"ok", took=3)
TEXT = "Your table for four is booked for Friday at eight, by the window. " * 5


class Desk:
    """One opened gateway and the time on its clock."""

    def __init__(self, loftbox: LoftBox, now: Callable[[], datetime]) -> None:
        self.loftbox = loftbox
        self.store = loftbox.store
        self.now = now

    def letter(self, person: str, number: str, subject: str, *answered: str) -> Reading:
        """A mail of this person as it reads; `answered` are the Message-IDs that it names."""
        return Reading(
            message_id=f"<{number}@peer.test>",
            in_reply_to=answered[-1:],
            references=answered,
            from_=(Party(person, "Jane Doe"),),
            subject=subject,
            text=f"{number} {TEXT}",
            reply_text=f"{number} {TEXT}",
        )

    def accept(self, letter: Reading, mailbox: str) -> None:
        """What the door does once the final dot is there."""
        sender = letter.from_[0].address
        raw = f"From: {sender}\r\nMessage-ID: {letter.message_id}\r\n\r\n{letter.text}\r\n".encode()
        arrival = Arrival(
            request_id=self.loftbox.request_id(),
            received_at=self.now(),
            peer="192.0.2.1",
            helo="mx.peer.test",
            tls="TLSv1.3 TLS_AES_256_GCM_SHA384",
            mail_from=sender,
            rcpt_to=(mailbox,),
            raw=raw,
            trace=b"Received: from mx.peer.test\r\n",
        )
        self.store.write(accept.accept, accept.prepare(arrival))

    def file(self, letter: Reading) -> Message:
        """What the intake loop does with the next accepted mail, its reading included."""
        (claimed,) = self.store.write(intake.claim, 1, now=self.now())
        (message,) = self.store.write(
            intake.file,
            claimed.request_id,
            claimed.fence,
            letter,
            tag_secret=self.loftbox.tag_secret,
            now=self.now(),
        )
        return message

    def send(self, mailbox: str, to: str, subject: str, in_reply_to: str = "") -> Passed:
        """What POST /v1/messages does with a message that may go."""
        draft = Draft(to=(Party(to),), subject=subject, text=TEXT, in_reply_to=MessageId(in_reply_to))
        on = self.store.glance(submit.grounds, mailbox, draft, EVERYTHING)
        prepared = submit.prepare(
            draft,
            on,
            message_id=MessageId(self.loftbox.mint("msg")),
            tag_secret=self.loftbox.tag_secret,
        )
        return self.store.write(
            submit.send, prepared, by=system_user(), request_id=self.loftbox.request_id(), now=self.now()
        )

    def carry(self) -> int:
        """What the deliver loop does with what is due, the peer taking all of it."""
        claimed = self.store.write(deliveries.claim, SLOTS, schedule=SCHEDULE, spread=0.0, now=self.now())
        for each in claimed:
            delivery = each.delivery
            self.store.glance(deliveries.load, each)
            self.store.write(deliveries.hand_over, delivery.id, delivery.fence, now=self.now())
            self.store.write(
                outcomes.record,
                delivery.id,
                delivery.fence,
                TAKEN,
                schedule=SCHEDULE,
                spread=0.0,
                now=self.now(),
            )
        return len(claimed)

    def post(self) -> int:
        """What the notify loop does with what is due, the receiver answering 200."""
        posts = self.store.write(notify.claim, 20, each=20, busy=(), opened=self._secret, now=self.now())
        for each in posts:
            self.store.write(
                notify.record,
                each.notification.id,
                each.notification.fence,
                ANSWERED,
                waits=(),
                spread=0.0,
                started_at=self.now(),
                now=self.now(),
            )
        return len(posts)

    def _secret(self, secret: EndpointSecret) -> str:
        return spell_secret(self.loftbox.sealer.open(secret.sealed, purpose=SEAL_PURPOSE))
