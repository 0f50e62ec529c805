"""`loftbox serve` starts, says so, is told to stop, and stops in good order."""

import asyncio
import contextlib
import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from loftbox_cli.core.delivery import Delivery, DeliveryState
from loftbox_cli.services.tx import Tx
from tests.serve.conftest import OpenGateway
from tests.serve.daemon import PATIENCE
from tests.serve.gateway import HOSTNAME, LOOPBACK, api
from tests.serve.hop import Gate, Hop
from tests.serve.prepared import FREE, GATED, Keys
from tests.serve.smtp_client import connected


def deliveries(tx: Tx) -> list[Delivery]:
    return tx.deliveries.all()


def arrivals(tx: Tx) -> int:
    return tx.arrivals.count()


async def send(client: httpx2.AsyncClient, mailbox: str = FREE) -> None:
    words = {"mailbox": mailbox, "to": ["jane@peer.test"], "subject": "Your order", "text": "It left."}
    answer = await client.post("/v1/messages", json=words)
    assert answer.status_code == 202, answer.text


@contextlib.contextmanager
def service_manager(name: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(name)
        listening.setblocking(False)
        yield listening


async def heard(manager: socket.socket, line: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while line not in (await asyncio.get_running_loop().sock_recv(manager, 4096)).decode().split("\n"):
            pass


async def test_the_service_manager_hears_when_it_is_ready_alive_and_stopping(
    open_gateway: OpenGateway, tmp_path: Path
) -> None:
    gateway = open_gateway()
    # The NUL makes it an abstract socket (unix(7)), for which NOTIFY_SOCKET has an @.
    with service_manager(f"\0{tmp_path}/notify") as manager:
        environ = {"NOTIFY_SOCKET": f"@{tmp_path}/notify", "WATCHDOG_USEC": "200000"}
        daemon = await gateway.spawn(environ=environ)
        await heard(manager, "READY=1")
        await daemon.ready()
        async with connected(gateway.smtp) as client:
            assert await client.ask("NOOP") == "250 2.0.0 done"
        await heard(manager, "WATCHDOG=1")
        daemon.process.send_signal(signal.SIGTERM)
        await heard(manager, "STOPPING=1")
        assert await daemon.ended() == 0


async def test_a_port_of_zero_becomes_a_real_one_that_is_told(open_gateway: OpenGateway, keys: Keys) -> None:
    gateway = open_gateway()
    daemon = await gateway.start()
    assert [(said.get("name"), said.get("host")) for said in daemon.announced] == [
        ("smtp", LOOPBACK),
        ("http", LOOPBACK),
        (None, None),
    ]
    async with connected(gateway.smtp) as client:
        assert client.greeting == f"220 {HOSTNAME} ESMTP"
    async with api(gateway, keys.operator) as client:
        serving = (await client.get("/v1/status")).json()["serving"]
    assert serving["listening"] == {
        name: {"host": LOOPBACK, "port": port} for name, port in daemon.doors.items()
    }
    assert serving["pid"] == daemon.process.pid
    assert await daemon.stop() == 0


@pytest.mark.rule("F13")
async def test_a_session_before_data_hears_421_and_nothing_of_it_is_kept(open_gateway: OpenGateway) -> None:
    gateway = open_gateway()
    daemon = await gateway.start()
    async with connected(gateway.smtp) as client:
        await client.ask("MAIL FROM:<jane@peer.test>")
        await client.ask(f"RCPT TO:<{FREE}>")
        daemon.process.send_signal(signal.SIGTERM)
        assert (await client.reply()).startswith("421 4.3.2 ")
        assert await client.reply() == ""
    assert await daemon.ended() == 0
    assert gateway.glance(arrivals) == 0


@pytest.mark.rule("F13")
async def test_a_message_that_has_begun_is_finished_answered_and_kept(open_gateway: OpenGateway) -> None:
    gateway = open_gateway()
    daemon = await gateway.start()
    async with connected(gateway.smtp) as client:
        await client.to_data("jane@peer.test", FREE)
        await client.say(b"Subject: half\r\n\r\n")
        daemon.process.send_signal(signal.SIGTERM)
        await daemon.said("stopping")
        await client.say(b"and the rest\r\n.\r\n")
        assert (await client.reply()).startswith("250 2.0.0 ")
        assert (await client.reply()).startswith("421 4.3.2 ")
    assert await daemon.ended() == 0
    assert gateway.glance(arrivals) == 1


async def test_a_delivery_that_stalls_before_data_is_put_back_and_counts_for_nothing(
    open_gateway: OpenGateway, keys: Keys
) -> None:
    gate = Gate()
    async with Hop(at_rcpt=gate.judge) as hop:
        gateway = open_gateway(delivery={"next_hop": hop.address})
        daemon = await gateway.start()
        async with api(gateway, keys.agent) as client:
            await send(client)
        await gate.waits()
        assert await daemon.stop() == 0
        (delivery,) = gateway.glance(deliveries)
        assert (delivery.state, delivery.attempts) == (DeliveryState.QUEUED, 0)
        assert gateway.glance(lambda tx: tx.attempts.count()) == 0
        gate.open.set()
        daemon = await gateway.start()
        await daemon.said("attempt ended", state="delivered")
        assert len(hop.copies) == 1


@pytest.mark.rule("F13")
async def test_a_delivery_that_stalls_after_data_is_waited_for_and_recorded(
    open_gateway: OpenGateway, keys: Keys
) -> None:
    gate = Gate()
    async with Hop(at_dot=gate.judge) as hop:
        gateway = open_gateway(delivery={"next_hop": hop.address})
        daemon = await gateway.start()
        async with api(gateway, keys.agent) as client:
            await send(client)
        await gate.waits()
        daemon.process.send_signal(signal.SIGTERM)
        await daemon.said("stopping")
        gate.open.set()
        assert await daemon.ended() == 0
        (delivery,) = gateway.glance(deliveries)
        assert (delivery.state, delivery.attempts, delivery.last_code) == (DeliveryState.DELIVERED, 1, 250)


async def test_a_peer_that_is_silent_longer_than_the_grace_leaves_an_uncertain_delivery(
    open_gateway: OpenGateway, keys: Keys
) -> None:
    gate = Gate()
    async with Hop(at_dot=gate.judge) as hop:
        gateway = open_gateway(delivery={"next_hop": hop.address}, limits={"shutdown_grace": "100ms"})
        daemon = await gateway.start()
        async with api(gateway, keys.agent) as client:
            await send(client)
        await gate.waits()
        assert await daemon.stop() == 0
        gate.open.set()
        daemon = await gateway.start()
        await daemon.said("attempt ended", state="delivered")
        kinds = [event.type.value for event in gateway.glance(lambda tx: tx.journal.after(0, 100))]
        assert kinds.count("message.uncertain") == 1
        assert len({copy.message_id for copy in hop.copies}) == 1


async def test_who_waits_for_events_is_sent_home_at_once(open_gateway: OpenGateway, keys: Keys) -> None:
    gateway = open_gateway()
    daemon = await gateway.start()
    async with api(gateway, keys.operator) as client:
        waiting = asyncio.create_task(client.get("/v1/events/wait", params={"timeout": 60}))
        assert (await client.get("/healthz")).status_code == 200
        assert await daemon.stop() == 0
        answer = await waiting
    assert (answer.status_code, answer.json()["data"]) == (200, [])


@pytest.mark.rule("F5")
async def test_a_second_daemon_on_the_store_is_told_who_has_it(open_gateway: OpenGateway) -> None:
    gateway = open_gateway()
    first = await gateway.start()
    second = await gateway.run("serve")
    assert second.code == 78
    assert second.out == ""
    assert f"another LoftBox (process {first.process.pid}) owns the store in {gateway.store}" in second.err
    assert "stop it first" in second.err


async def test_a_store_that_nobody_made_is_asked_for(open_gateway: OpenGateway) -> None:
    gateway = open_gateway()
    (gateway.store / "loftbox.db").unlink()
    refused = await gateway.run("serve")
    assert (refused.code, refused.out) == (78, "")
    assert f"there is no store at {gateway.store}/loftbox.db\nloftbox init makes one\n" == refused.err


async def test_without_its_master_key_nothing_is_served(open_gateway: OpenGateway) -> None:
    missing, another = open_gateway(), open_gateway()
    (missing.store / "master.key").unlink()
    (another.store / "master.key").write_bytes(bytes(32))
    refused, confused = await asyncio.gather(missing.run("serve"), another.run("serve"))
    assert (refused.code, refused.out) == (confused.code, confused.out) == (78, "")
    assert f"there is no master key for the store in {missing.store}\n" in refused.err
    assert "master key" in confused.err
    assert "Traceback" not in confused.err


async def test_a_port_that_is_taken_is_told_with_its_number(open_gateway: OpenGateway) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        smtp = open_gateway(smtp={"host": LOOPBACK, "port": port})
        http = open_gateway(http={"host": LOOPBACK, "port": port})
        no_mail, no_api = await asyncio.gather(smtp.run("serve", "--json"), http.run("serve", "--json"))
    assert (no_mail.code, no_api.code) == (78, 78)
    for refused, what in ((no_mail, "SMTP"), (no_api, "HTTP")):
        fact = json.loads(refused.err.splitlines()[-1])["fact"]
        assert fact.startswith(f"cannot listen for {what} on {LOOPBACK} port {port}: ")
        assert "address already in use" in fact.lower()


@pytest.mark.rule("F11")
async def test_a_setting_that_does_not_exist_is_told_with_its_line(open_gateway: OpenGateway) -> None:
    gateway = open_gateway()
    with gateway.file.open("a") as settings:
        settings.write("\n[smtpd]\nhost = ''\n")
    line = len(gateway.file.read_text().splitlines())
    refused = await gateway.run("serve")
    assert (refused.code, refused.out) == (78, "")
    assert f"{gateway.file}:{line}: smtpd.host is not a setting" in refused.err


async def test_what_a_command_approves_leaves_while_the_daemon_runs(
    open_gateway: OpenGateway, keys: Keys
) -> None:
    async with Hop() as hop:
        gateway = open_gateway(delivery={"next_hop": hop.address})
        daemon = await gateway.start()
        async with api(gateway, keys.agent) as client:
            await send(client, GATED)
        (approval,) = gateway.glance(lambda tx: tx.approvals.all())
        approved = await gateway.run("approvals", "approve", approval.id)
        assert approved.code == 0, approved.err
        await daemon.said("attempt ended", state="delivered")
        assert len(hop.copies) == 1


async def test_status_tells_a_daemon_that_serves_from_one_that_was_killed(open_gateway: OpenGateway) -> None:
    gateway = open_gateway()
    daemon = await gateway.start()
    serving = (await gateway.run("status", "--json")).json["serving"]
    assert serving["pid"] == daemon.process.pid
    await daemon.kill()
    assert (await gateway.run("status", "--json")).json["serving"] is None
