"""Addresses beyond ASCII by the API: one form for all spellings, and a refusal that names its place."""

from pathlib import Path

import httpx2

from tests.edge.api_kit import opened_gate

JANE = "jane@peer.test"


async def send(folder: Path, *to: str) -> httpx2.Response:
    with opened_gate(folder) as gate:
        mailbox = gate.house.mailbox()
        assert mailbox.agent_id is not None
        body = {"mailbox": mailbox.address, "to": to, "subject": "你好", "text": "你好"}
        return await gate.agent(mailbox.agent_id).post("/v1/messages", body)


async def test_such_an_address_is_taken_and_shown_in_its_one_form(tmp_path: Path) -> None:
    answer = await send(tmp_path, "用户 <用户@例え.test>", JANE)
    message = answer.json()
    assert (answer.status_code, message["rcpt_to"]) == (202, ["用户@xn--r8jz45g.test", JANE])
    assert message["to"][0] == {"address": "用户@xn--r8jz45g.test", "name": "用户"}


async def test_one_that_is_not_what_it_looks_like_is_refused_with_its_place(tmp_path: Path) -> None:
    answer = await send(tmp_path, JANE, "p\u0430ypal@peer.test")
    problem = answer.json()
    assert (answer.status_code, problem["field"]) == (422, "to[1]")
    assert "look alike" in problem["fix"]
