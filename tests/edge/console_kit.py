"""The pages of the links on a real store, and a notice as it would leave."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2

from loftbox_cli.core.draft import Draft
from loftbox_cli.core.ids import MessageId
from loftbox_cli.core.link import OCTETS, NewLink, new_link
from loftbox_cli.core.mailbox import Oversight
from loftbox_cli.core.message import Message
from loftbox_cli.core.person import Person, Role
from loftbox_cli.core.reading import Party
from loftbox_cli.edge.console.approving import build
from loftbox_cli.edge.console.ports import Console
from loftbox_cli.edge.system.chance import secret_octets
from loftbox_cli.services import notices, persons, submit
from loftbox_cli.services.gate import Passed
from loftbox_cli.services.tx import Viewer
from tests.services.house import TAG_SECRET, House, opened_house

URL = "https://mail.gateway.test"


@dataclass
class Pages:
    """A gateway with its pages, and one browser."""

    house: House
    http: httpx2.AsyncClient

    def held(self, draft: Draft | None = None) -> Passed:
        draft = draft or Draft(
            to=(Party("jane@peer.test", "Jane"),), subject="Your order", text="It is on its way."
        )
        mailbox = self.house.see(lambda tx: tx.mailboxes.find(address="help@example.com"))
        mailbox = mailbox or self.house.mailbox(oversight=Oversight.GATED_ALL)
        on = self.house.see(submit.grounds, mailbox.id, draft, Viewer())
        message_id = MessageId(self.house.mint("msg"))
        prepared = submit.prepare(draft, on, message_id=message_id, tag_secret=TAG_SECRET)
        by = self.house.sender(mailbox)
        return self.house.do(
            submit.send, prepared, by=by, request_id=self.house.request(), now=self.house.now
        )

    def person(self, name: str = "Ben", role: Role = Role.APPROVER) -> Person:
        return self.house.do(
            persons.create,
            name=name,
            address=f"{name.lower()}@peer.test",
            role=role,
            system_user="",
            **self.house.by(),
        )

    def notices(self) -> list[Message]:
        told = self.house.do(notices.write, tag_secret=TAG_SECRET, now=self.house.now)
        return [message for each in told for message in each.notices]

    def link(self, notice: Message) -> NewLink:
        """The link in a notice that leaves just now."""
        link = new_link(secret_octets(OCTETS), secret_octets(OCTETS))
        self.house.do(notices.keep_link, notice, link, now=self.house.now)
        return link

    async def look(self, link: NewLink, method: str = "GET") -> httpx2.Response:
        return await self.http.request(method, f"/approve/{link.look}")

    async def answer(
        self, link: NewLink, answer: str = "approve", *, code: str | None = None, **headers: str
    ) -> httpx2.Response:
        given = {"code": link.code if code is None else code, "answer": answer, "why": "fine"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post(f"/approve/{link.look}", data=given, headers=named)


@contextlib.contextmanager
def opened_pages(folder: Path) -> Iterator[Pages]:
    with opened_house(folder) as house:
        app = build(Console(house.store, house.clock, house.request, URL))
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        yield Pages(house, httpx2.AsyncClient(transport=transport, base_url=URL))


def words(response: httpx2.Response) -> str:
    """What a page says, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.text))
