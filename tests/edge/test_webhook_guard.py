import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from loftbox_cli.core.dns import DnsAnswer, Found, NoRecord, NoSuchName, Unanswered
from loftbox_cli.edge.webhook_post import HttpPoster
from loftbox_cli.services.ports import Resolver
from tests.peers.webhook_receiver import receiving

NAME = "hooks.example.com"
CLOSED = [
    "http://127.0.0.1:{port}/",
    "http://127.0.0.2:{port}/",
    "http://localhost:{port}/",
    "http://localhost.:{port}/",
    "http://LOCALHOST:{port}/",
    "http://app.localhost:{port}/",
    "http://[::1]:{port}/",
    "https://0.0.0.0:{port}/",
    "https://0:{port}/",
    "https://127.1:{port}/",
    "https://2130706433:{port}/",
    "https://0x7f000001:{port}/",
    "https://0x7f.0.0.1:{port}/",
    "https://017700000001:{port}/",
    "https://0177.0.0.1:{port}/",
    "https://127.0.0.1.:{port}/",
    "https://①②⑦.⓪.⓪.①:{port}/",
    "https://127。0。0。1:{port}/",
    "https://[::]:{port}/",
    "https://[::ffff:127.0.0.1]:{port}/",
    "https://[::ffff:7f00:1]:{port}/",
    "https://[::127.0.0.1]:{port}/",
    "https://[::ffff:0:127.0.0.1]:{port}/",
    "https://[64:ff9b::7f00:1]:{port}/",
    "https://[64:ff9b:1::1]:{port}/",
    "https://[2002:7f00:1::]:{port}/",
    "https://[2001:0:7f00:1::]:{port}/",
    "https://[::1%25lo]:{port}/",
    "https://[fe80::1%25eth0]:{port}/",
    "https://[fec0::1]:{port}/",
    "https://[fd00::1]:{port}/",
    "https://[ff02::1]:{port}/",
    "https://10.0.0.1:{port}/",
    "https://172.16.0.1:{port}/",
    "https://192.168.0.1:{port}/",
    "https://169.254.169.254:{port}/",
    "https://100.64.0.1:{port}/",
    "https://192.0.0.8:{port}/",
    "https://224.0.0.1:{port}/",
    "https://255.255.255.255:{port}/",
    "https://example.com@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}\\@example.com/",
    "https://127.0.0.1:{port}#@example.com/",
]


class Names(Resolver):
    """Answers each question with the next answer for it, and the last one again and again."""

    def __init__(self, **answers: list[DnsAnswer]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def ask(self, name: str, kind: str) -> DnsAnswer:
        self.asked.append(f"{name} {kind}")
        left = self.answers.get(kind, [NoRecord(name)])
        return left.pop(0) if len(left) > 1 else left[0]


def at(*addresses: str) -> list[DnsAnswer]:
    return [Found(addresses)]


@asynccontextmanager
async def posting(
    *allowed: str, resolver: Resolver | None = None, ca_file: Path | None = None
) -> AsyncIterator[HttpPoster]:
    poster = HttpPoster(allowed_networks=allowed, resolver=resolver, ca_file=ca_file, deadline=5)
    yield poster
    await poster.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for NAME, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2099, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    path.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path


@pytest.fixture(scope="module")
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_no_spelling_of_a_closed_address_is_dialed() -> None:
    async with receiving() as receiver, posting() as poster:
        posted = {url: await poster.post(url.format(port=receiver.port), {}, b"{}") for url in CLOSED}
    assert [
        url for url, each in posted.items() if not (each.refused and each.fault and each.status == 0)
    ] == []
    assert receiver.connections == 0


@pytest.mark.parametrize(
    "answers",
    [
        {"A": at("127.0.0.1")},
        {"A": at("203.0.114.1", "10.0.0.1")},
        {"A": at("203.0.114.1"), "AAAA": at("::1")},
        {"AAAA": at("::ffff:127.0.0.1")},
        {"A": at("0x7f000001")},
        {"A": at("localhost")},
    ],
)
async def test_one_closed_address_of_a_name_closes_the_name(answers: dict[str, list[DnsAnswer]]) -> None:
    async with posting(resolver=Names(**answers)) as poster:
        posted = await poster.post(f"https://{NAME}/", {}, b"{}")
    assert posted.refused
    assert posted.fault.startswith(f"{NAME}: ")


def the_system_says(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def answer(*_: object, **__: object) -> object:
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_UNSPEC, socket.SOCK_STREAM, 6, "", (address, 0)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", answer)


async def test_without_a_resolver_the_answer_of_the_system_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    the_system_says(monkeypatch, "203.0.114.1", "127.0.0.1")
    async with posting() as poster:
        posted = await poster.post(f"https://{NAME}/", {}, b"{}")
    assert posted.refused
    assert posted.fault == f"{NAME}: 127.0.0.1 is not public (loopback)"


async def test_without_a_resolver_the_answer_of_the_system_is_dialed(
    monkeypatch: pytest.MonkeyPatch, certificate: Path, tls: ssl.SSLContext
) -> None:
    the_system_says(monkeypatch, "127.0.0.1", "127.0.0.1")
    async with receiving(tls=tls) as receiver, posting("127.0.0.0/8", ca_file=certificate) as poster:
        posted = await poster.post(f"https://{NAME}:{receiver.port}/", {}, b"{}")
    assert posted.status == 200


async def test_an_allowed_network_opens_loopback() -> None:
    async with receiving() as receiver, posting("127.0.0.0/8") as poster:
        for host in ("127.0.0.1", "localhost", "localhost.", "app.localhost"):
            assert (await poster.post(f"http://{host}:{receiver.port}/", {}, b"{}")).status == 200


async def test_an_allowed_network_opens_nothing_else() -> None:
    async with receiving() as receiver, posting("127.0.0.2/32") as poster:
        posted = await poster.post(f"http://127.0.0.1:{receiver.port}/", {}, b"{}")
    assert posted.refused
    assert receiver.connections == 0


async def test_localhost_is_never_a_question_to_dns() -> None:
    names = Names(A=at("198.51.100.1"))
    async with receiving() as receiver, posting("127.0.0.0/8", resolver=names) as poster:
        assert (await poster.post(f"http://localhost:{receiver.port}/", {}, b"{}")).status == 200
    assert names.asked == []


async def test_localhost_falls_over_to_the_other_address_of_this_machine() -> None:
    async with receiving(host="::1") as receiver, posting("127.0.0.0/8", "::1/128") as poster:
        assert (await poster.post(f"http://localhost:{receiver.port}/", {}, b"{}")).status == 200


async def test_the_checked_address_is_dialed_under_the_name(certificate: Path, tls: ssl.SSLContext) -> None:
    seen: list[str | None] = []
    tls.sni_callback = lambda _, name, __: seen.append(name)
    names = Names(A=at("127.0.0.1"))
    async with (
        receiving(tls=tls) as receiver,
        posting("127.0.0.0/8", resolver=names, ca_file=certificate) as poster,
    ):
        posted = await poster.post(f"https://{NAME}:{receiver.port}/", {}, b"{}")
    assert posted.status == 200
    assert seen == [NAME]
    assert receiver.requests[0].headers["host"] == f"{NAME}:{receiver.port}"
    assert sorted(names.asked) == [f"{NAME} A", f"{NAME} AAAA"]


@pytest.mark.parametrize("addresses", [("127.0.0.1", "127.0.0.2"), ("127.0.0.2", "127.0.0.1")])
async def test_an_address_that_does_not_take_the_call_gives_way_to_the_next(
    certificate: Path, tls: ssl.SSLContext, addresses: tuple[str, str]
) -> None:
    names = Names(A=at(*addresses))
    async with (
        receiving(tls=tls) as receiver,
        posting("127.0.0.0/8", resolver=names, ca_file=certificate) as poster,
    ):
        assert (await poster.post(f"https://{NAME}:{receiver.port}/", {}, b"{}")).status == 200


async def test_a_name_that_flips_after_the_check_is_not_followed(
    certificate: Path, tls: ssl.SSLContext
) -> None:
    names = Names(A=[Found(("127.0.0.2",)), Found(("127.0.0.1",))])
    async with (
        receiving(host="127.0.0.2", tls=tls) as receiver,
        receiving(port=receiver.port, tls=tls) as trap,
        posting("127.0.0.2/32", resolver=names, ca_file=certificate) as poster,
    ):
        first = await poster.post(f"https://{NAME}:{receiver.port}/", {}, b"{}")
        kept = await poster.post(f"https://{NAME}:{receiver.port}/", {}, b"{}")
        await poster.close()
        flipped = await poster.post(f"https://{NAME}:{receiver.port}/", {}, b"{}")
    assert (first.status, kept.status) == (200, 200)
    assert (receiver.connections, trap.connections) == (1, 0)
    assert flipped.refused


async def test_a_certificate_for_another_name_is_refused(certificate: Path, tls: ssl.SSLContext) -> None:
    names = Names(A=at("127.0.0.1"))
    async with (
        receiving(tls=tls) as receiver,
        posting("127.0.0.0/8", resolver=names, ca_file=certificate) as poster,
    ):
        posted = await poster.post(f"https://other.example.com:{receiver.port}/", {}, b"{}")
    assert posted.fault.startswith("no connection: the certificate is not good: Hostname mismatch")
    assert receiver.requests == []


async def test_a_certificate_that_nobody_vouches_for_is_refused(tls: ssl.SSLContext) -> None:
    async with (
        receiving(tls=tls) as receiver,
        posting("127.0.0.0/8", resolver=Names(A=at("127.0.0.1"))) as poster,
    ):
        posted = await poster.post(f"https://{NAME}:{receiver.port}/", {}, b"{}")
    assert posted.fault == "no connection: the certificate is not good: self-signed certificate"


async def test_a_server_without_tls_is_told_and_not_raised() -> None:
    def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server, posting("127.0.0.0/8") as poster:
        port = server.sockets[0].getsockname()[1]
        posted = await poster.post(f"https://127.0.0.1:{port}/", {}, b"{}")
    assert posted.status == 0
    assert posted.fault.startswith("no connection: TLS failed: ")


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (NoSuchName(NAME), f"{NAME} has no address"),
        (NoRecord(NAME), f"{NAME} has no address"),
        (Unanswered(NAME, "SERVFAIL"), f"DNS did not answer for {NAME}: SERVFAIL"),
    ],
)
async def test_a_name_without_an_address_is_told_and_not_raised(answer: DnsAnswer, fault: str) -> None:
    async with posting(resolver=Names(A=[answer], AAAA=[answer])) as poster:
        posted = await poster.post(f"https://{NAME}/", {}, b"{}")
    assert (posted.status, posted.refused, posted.fault) == (0, False, fault)


async def test_a_name_that_the_system_does_not_know_is_told_and_not_raised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    the_system_says(monkeypatch)
    async with posting() as poster:
        posted = await poster.post(f"https://{NAME}/", {}, b"{}")
    assert (posted.status, posted.refused) == (0, False)
    assert posted.fault == f"{NAME} has no address: Name or service not known"
