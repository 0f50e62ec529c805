"""What an operator sees of the door for mail: `loftbox status` beside a daemon that works."""

from tests.serve.conftest import OpenGateway
from tests.serve.gateway import Gateway, api
from tests.serve.prepared import FREE, Keys
from tests.serve.smtp_client import MAIL, connected
from tests.serve.test_trouble import OTHER, break_disk


async def refused_once(gateway: Gateway) -> None:
    async with connected(gateway.smtp) as client:
        await client.ask("MAIL FROM:<jane@peer.test>")
        assert (await client.ask("RCPT TO:<nobody@example.org>")).startswith("550 5.7.1 ")


async def test_counts_of_the_door_outlive_the_daemon_and_are_not_doubled(open_gateway: OpenGateway) -> None:
    gateway = open_gateway()
    for number, mail in enumerate((MAIL, OTHER), 1):
        daemon = await gateway.start()
        await refused_once(gateway)
        async with connected(gateway.smtp) as client:
            assert (await client.message("jane@peer.test", FREE, mail)).startswith("250 ")
        assert await daemon.stop() == 0
        seen = (await gateway.run("status", "--json")).json
        assert seen["accepted"]["last_hour"] == seen["refused"]["last_hour"] == number
        assert seen["refused_for"] == {"relaying_denied": number}
        assert (seen["serving"], seen["sessions"], seen["store"]) == (None, 0, "sound")


async def test_status_says_that_the_disk_failed_until_the_daemon_is_started_again(
    open_gateway: OpenGateway, keys: Keys
) -> None:
    gateway = open_gateway()
    daemon = await gateway.start()
    assert (await gateway.run("status", "--json")).json["store"] == "sound"
    break_disk(gateway)
    async with connected(gateway.smtp) as client:
        assert (await client.message("jane@peer.test", FREE, OTHER)).startswith("451 4.3.0 ")
        await client.ask("MAIL FROM:<jane@peer.test>")
        assert (await client.ask(f"RCPT TO:<{FREE}>")).startswith("451 4.3.0 ")
    done = await gateway.run("status")
    assert "the disk of the store failed" in done.err
    async with api(gateway, keys.operator) as client:
        assert (await client.get("/v1/status")).json()["store"] == "failed"
    assert await daemon.stop() == 0
    assert (await gateway.run("status", "--json")).json["store"] == "sound"
