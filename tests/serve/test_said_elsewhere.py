"""What an operator says by a command holds for the very next request to the gateway that runs."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx2
import pytest

from tests.serve.conftest import OpenGateway
from tests.serve.gateway import Gateway, api
from tests.serve.prepared import DOMAIN, FREE, Keys

JANE = "jane@peer.test"
BLOCKS = """\
name = "nobody"
[[rule]]
name = "nobody"
decision = "block"
reason = "nobody"
"""

Send = Callable[[], Awaitable[dict[str, Any]]]


@pytest.fixture
async def gateway(open_gateway: OpenGateway) -> Gateway:
    """It runs, and nothing is dialed: what is queued waits."""
    gateway = open_gateway(delivery={"next_hop": "smtp://127.0.0.1:9"})
    await gateway.start()
    return gateway


@pytest.fixture
async def agent(gateway: Gateway, keys: Keys) -> AsyncIterator[httpx2.AsyncClient]:
    async with api(gateway, keys.agent) as client:
        yield client


@pytest.fixture
def send(agent: httpx2.AsyncClient) -> Send:
    """Send to Jane; answers what the gateway answers."""

    async def sent() -> dict[str, Any]:
        message = {"mailbox": FREE, "to": [JANE], "subject": "Your order", "text": "It left today."}
        answer: dict[str, Any] = (await agent.post("/v1/messages", json=message)).json()
        return answer

    return sent


async def said(gateway: Gateway, *words: str) -> None:
    done = await gateway.run(*words)
    assert done.code == 0, done.err


async def test_what_is_forbidden_leaves_no_more_and_who_lost_the_key_is_not_heard(
    gateway: Gateway, send: Send
) -> None:
    assert (await send())["state"] == "queued"
    for target in (("mailbox", FREE), ("gateway",)):
        await said(gateway, "pause", *target)
        assert (await send())["deliveries"][0]["paused_by"] == [target[0]]
        await said(gateway, "resume", *target)
        assert (await send())["deliveries"][0]["paused_by"] == []
    await said(gateway, "suppression", "add", JANE, "--domain", DOMAIN)
    assert (await send())["deliveries"][0]["state"] == "suppressed"
    await said(gateway, "domain", "review", DOMAIN, "--suspend")
    assert (await send())["decision"]["reasons"] == ["domain_not_sending"]
    for key in (await gateway.run("key", "list", "--json")).json["data"]:
        await said(gateway, "key", "revoke", key["id"])
    assert (await send())["code"] == "not_authenticated"


async def test_a_policy_is_obeyed_from_its_binding_on_and_in_its_last_version(
    gateway: Gateway, send: Send
) -> None:
    file = gateway.folder / "policy.toml"
    file.write_text(BLOCKS)
    await said(gateway, "policy", "add", str(file))
    assert (await send())["state"] == "queued"
    await said(gateway, "policy", "bind", "nobody", "--mailbox", FREE)
    assert (await send())["decision"]["reasons"] == ["nobody"]
    file.write_text(BLOCKS.replace("block", "hold"))
    await said(gateway, "policy", "set", "nobody", str(file))
    assert (await send())["state"] == "held"
    await said(gateway, "policy", "unbind", "nobody", "--mailbox", FREE)
    assert (await send())["state"] == "queued"
    await said(gateway, "mailbox", "set", FREE, "--oversight", "gated_all")
    assert (await send())["decision"]["reasons"] == ["oversight_gated_all"]
