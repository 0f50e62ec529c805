import asyncio
import gzip
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks.webhooks
from standardwebhooks import Webhook

from loftbox_cli import __version__
from loftbox_cli.core.errors import BadConfiguration
from loftbox_cli.core.webhook_signature import signed_body, signed_headers, spell_secret
from loftbox_cli.edge.webhook_post import HttpPoster
from tests.peers.webhook_receiver import Answer, receiving, says, with_body

LOOPBACK = ["127.0.0.0/8", "::1/128"]


@pytest.fixture
async def poster() -> AsyncIterator[HttpPoster]:
    poster = HttpPoster(allowed_networks=LOOPBACK)
    yield poster
    await poster.close()


@pytest.fixture
async def hasty() -> AsyncIterator[HttpPoster]:
    poster = HttpPoster(allowed_networks=LOOPBACK, deadline=0.3)
    yield poster
    await poster.close()


async def test_the_body_and_the_headers_arrive_as_they_are(poster: HttpPoster) -> None:
    async with receiving() as receiver:
        posted = await poster.post(receiver.url + "?a=b", {"webhook-id": "evt_1"}, b'{"a":"\xc3\xbc"}')
    (request,) = receiver.requests
    assert (posted.status, posted.answer, posted.fault, posted.refused) == (200, b"ok", "", False)
    assert request.line == "POST /hook?a=b HTTP/1.1"
    assert request.body == b'{"a":"\xc3\xbc"}'
    assert request.headers == {
        "host": f"127.0.0.1:{receiver.port}",
        "webhook-id": "evt_1",
        "user-agent": f"LoftBox/{__version__}",
        "content-type": "application/json",
        "accept": "*/*",
        "accept-encoding": "identity",
        "content-length": "10",
    }


async def test_what_arrives_is_verified_by_the_public_library(
    poster: HttpPoster, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2026, 11, 21, 9, 44, tzinfo=UTC)

    class Now(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:  # noqa: ARG003 - the signature is the standard library's
            return now

    monkeypatch.setattr(standardwebhooks.webhooks, "datetime", Now)
    secret = spell_secret(bytes(32))
    body = signed_body({"id": "evt_1", "data": {"text": "Grüße"}}, [secret])
    async with receiving() as receiver:
        await poster.post(receiver.url, signed_headers("evt_1", body, [secret], now), body)
    (request,) = receiver.requests
    assert Webhook(secret).verify(request.body, request.headers)["data"] == {"text": "Grüße"}


async def test_a_caller_cannot_replace_our_own_fields(poster: HttpPoster) -> None:
    async with receiving() as receiver:
        await poster.post(receiver.url, {"Host": "elsewhere.example", "Accept-Encoding": "gzip"}, b"{}")
    assert receiver.requests[0].headers["host"] == f"127.0.0.1:{receiver.port}"
    assert receiver.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("status", [200, 204, 400, 404, 410, 429, 500, 503])
async def test_every_status_is_told_as_it_is(poster: HttpPoster, status: int) -> None:
    async with receiving(with_body(f"{status} Words")) as receiver:
        posted = await poster.post(receiver.url, {}, b"{}")
    assert (posted.status, posted.fault) == (status, "")


async def test_a_redirect_is_not_followed(poster: HttpPoster) -> None:
    async with receiving() as elsewhere:
        location = f"Location: {elsewhere.url}"
        async with receiving(with_body("307 Temporary Redirect", b"", location)) as receiver:
            posted = await poster.post(receiver.url, {}, b"{}")
    assert posted.status == 307
    assert elsewhere.requests == []


async def test_proxies_of_the_environment_are_not_used(
    poster: HttpPoster, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with receiving() as proxy, receiving() as receiver:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert (await poster.post(receiver.url, {}, b"{}")).status == 200
    assert proxy.connections == 0


async def test_cookies_are_not_kept(poster: HttpPoster) -> None:
    async with receiving(with_body("200 OK", b"", "Set-Cookie: a=b")) as receiver:
        await poster.post(receiver.url, {}, b"{}")
        await poster.post(receiver.url, {}, b"{}")
    assert "cookie" not in receiver.requests[1].headers


async def test_a_connection_is_used_again(poster: HttpPoster) -> None:
    async with receiving() as receiver:
        for _ in range(3):
            assert (await poster.post(receiver.url, {}, b"{}")).status == 200
    assert (len(receiver.requests), receiver.connections) == (3, 1)


async def test_a_connection_that_the_receiver_closed_is_replaced(poster: HttpPoster) -> None:
    async with receiving(with_body("200 OK", b"ok", "Connection: close")) as receiver:
        for _ in range(2):
            assert (await poster.post(receiver.url, {}, b"{}")).status == 200
    assert receiver.connections == 2


async def test_only_the_first_16_kib_of_a_huge_answer_are_read(poster: HttpPoster) -> None:
    written = 0

    async def answer(writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n")
        for _ in range(1600):
            writer.write(b"x" * 65536)
            await writer.drain()
            written += 65536

    async with receiving(answer) as receiver:
        posted = await poster.post(receiver.url, {}, b"{}")
        await receiver.gone.wait()
    assert (posted.status, posted.answer) == (200, b"x" * 16384)
    assert written < 50_000_000


async def test_an_answer_of_exactly_16_kib_is_kept_whole(poster: HttpPoster) -> None:
    async with receiving(with_body("200 OK", b"y" * 16384)) as receiver:
        assert (await poster.post(receiver.url, {}, b"{}")).answer == b"y" * 16384
        assert (await poster.post(receiver.url, {}, b"{}")).status == 200


async def test_headers_without_end_are_cut_off(poster: HttpPoster) -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-Endless: " + b"x" * 8000 + b"\r\n")
            await writer.drain()

    async with receiving(answer) as receiver:
        posted = await poster.post(receiver.url, {}, b"{}")
        await receiver.gone.wait()
    assert posted.status == 0
    assert posted.fault.startswith("no HTTP answer: ")


async def test_nothing_is_decompressed(poster: HttpPoster) -> None:
    bomb = gzip.compress(bytes(1_000_000))
    async with receiving(with_body("200 OK", bomb, "Content-Encoding: gzip")) as receiver:
        posted = await poster.post(receiver.url, {}, b"{}")
    assert posted.answer == bomb


async def never(_writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def interim_without_end(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await writer.drain()


@pytest.mark.parametrize("answer", [never, interim_without_end, says(b"HTTP/1.1 200 OK\r\nX-Half: ")])
async def test_a_receiver_that_does_not_answer_in_time_is_left(hasty: HttpPoster, answer: Answer) -> None:
    async with receiving(answer) as receiver:
        posted = await hasty.post(receiver.url, {}, b"{}")
    assert (posted.status, posted.fault) == (0, "no answer within 0.3 seconds")


async def test_a_status_counts_although_its_body_never_ends(hasty: HttpPoster) -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await never(writer)

    async with receiving(answer) as receiver:
        posted = await hasty.post(receiver.url, {}, b"{}")
    assert (posted.status, posted.answer, posted.fault) == (200, b"half", "")


async def test_a_status_counts_although_its_body_breaks_off(poster: HttpPoster) -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 500 Oh\r\nContent-Length: 100\r\n\r\nhalf")
        await writer.drain()
        writer.close()

    async with receiving(answer) as receiver:
        posted = await poster.post(receiver.url, {}, b"{}")
    assert (posted.status, posted.answer) == (500, b"half")


async def test_a_reset_is_told_and_not_raised(poster: HttpPoster) -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"  # on, for no time: close with RST
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()

    async with receiving(answer) as receiver:
        posted = await poster.post(receiver.url, {}, b"{}")
    assert (posted.status, posted.refused) == (0, False)
    assert posted.fault == "the connection broke: Connection reset by peer"


@pytest.mark.parametrize("octets", [b"SSH-2.0-x\r\n\r\n", b"\x00" * 200_000, b"\r\n"])
async def test_an_answer_that_is_not_http_is_told_and_not_raised(poster: HttpPoster, octets: bytes) -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(octets)
        with suppress(ConnectionError):
            await writer.drain()
        writer.close()

    async with receiving(answer) as receiver:
        posted = await poster.post(receiver.url, {}, b"{}")
    assert posted.status == 0
    assert posted.fault.startswith(("no HTTP answer: ", "the connection broke: "))


async def test_nobody_listening_is_told_and_not_raised(poster: HttpPoster) -> None:
    async with receiving() as receiver:
        url = receiver.url
    posted = await poster.post(url, {}, b"{}")
    assert (posted.status, posted.fault) == (0, "no connection: Connection refused")


async def test_a_header_that_could_inject_is_not_sent(poster: HttpPoster) -> None:
    async with receiving() as receiver:
        posted = await poster.post(receiver.url, {"x-a": "b\r\nx-c: d"}, b"{}")
    assert posted.fault.startswith("the request cannot be written: ")
    assert receiver.requests == []


async def test_many_posts_at_once_share_one_poster(poster: HttpPoster) -> None:
    async with receiving(never) as dead, receiving() as alive:
        waiting = [asyncio.create_task(poster.post(dead.url, {}, b"{}")) for _ in range(120)]
        posted = await asyncio.gather(*(poster.post(alive.url, {}, b"{}") for _ in range(20)))
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    assert {each.status for each in posted} == {200}


def test_a_file_of_certificates_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    for path in (tmp_path / "ca.pem", tmp_path / "missing.pem"):
        with pytest.raises(BadConfiguration, match=str(path)):
            HttpPoster(allowed_networks=[], ca_file=path)
