"""The world around a session of the command line: a home, a clock, DNS, and the other side of the mail."""

import asyncio
import functools
import io
import shlex
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from loftbox_cli import wiring
from loftbox_cli.__main__ import run
from loftbox_cli.core.duration import parse_duration
from loftbox_cli.core.pacing import Rest
from loftbox_cli.core.parcel import Posted
from loftbox_cli.core.retry import WEBHOOK_WAITS
from loftbox_cli.core.webhook_signature import spell_secret
from loftbox_cli.edge.mail_auth import dkim_keys
from loftbox_cli.edge.simulator.zone_server import ZoneServer
from loftbox_cli.edge.store.store import SqliteStore
from loftbox_cli.edge.system.chance import Mint
from loftbox_cli.services import notify, outcomes, routes
from loftbox_cli.services.tx import OPERATOR_FACT
from tests.services.house import BUSY, TAKEN, UNKNOWN, FakeClock, House, letter

SPOKEN = replace(
    BUSY,
    host="mx.peer.test",
    transcript=(
        "* connecting to mx.peer.test",
        "> RCPT TO:<jane@peer.test>",
        "< 451 4.7.1 come \x1b[31magain",
    ),
)

# An RSA key takes up to a second to make; that each domain has its own is tested elsewhere.
_made_once = functools.cache(dkim_keys.new_key)


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


class Pipe(io.TextIOWrapper):
    """What the next command reads."""

    def __init__(self, octets: bytes = b"") -> None:
        self._held = io.BytesIO(octets)
        super().__init__(self._held, encoding="utf-8", write_through=True, newline="\n")

    @property
    def octets(self) -> bytes:
        return self._held.getvalue()


class SessionWorld:
    """One person at one terminal."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch, zone: ZoneServer) -> None:
        self.home = home
        self.clock = FakeClock()
        self.zone = zone
        self._patch = monkeypatch
        monkeypatch.setattr(wiring, "SystemClock", lambda: self.clock)
        monkeypatch.setattr(dkim_keys, "new_key", _made_once)
        environ = {
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_DATA_HOME": str(home / "data"),
            "LOFTBOX_DNS_SERVERS": f"127.0.0.1:{zone.port}",
            "SUDO_USER": "anna",
            "COLUMNS": "250",
            "TERM": "xterm",
            "NO_COLOR": "1",
            "TZ": "UTC",
        }
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(home)
        time.tzset()

    def type(self, line: str) -> tuple[str, int]:
        """Run a line of the shell; answers what stands on the screen, and the last exit code."""
        screen = Screen()
        code = 0
        octets = b""
        line, _, target = line.partition(" > ")
        stages = [shlex.split(stage) for stage in line.split(" | ")]
        for place, words in enumerate(stages):
            last = place == len(stages) - 1 and not target
            pipe = Pipe()
            code = self._stage(words, stdin=Pipe(octets), stdout=screen if last else pipe, stderr=screen)
            octets = pipe.octets
        if target:
            (self.home / target.strip()).write_bytes(octets)
        return screen.getvalue(), code

    def _stage(self, words: list[str], *, stdin: Pipe, stdout: io.TextIOBase, stderr: Screen) -> int:
        match words:
            case ["loftbox", *argv]:
                with pytest.MonkeyPatch.context() as streams:
                    streams.setattr("sys.stdin", stdin)
                    streams.setattr("sys.stdout", stdout)
                    streams.setattr("sys.stderr", stderr)
                    return run(argv)
            case ["cat"]:
                stdout.write(stdin.read())
            case ["sed", script]:
                _, old, new, _ = script.split("/")
                stdout.writelines(line.replace(old, new, 1) for line in stdin)
            case ["echo", *said]:
                stdout.write(" ".join(said) + "\n")
            case _:
                raise AssertionError(f"this shell knows no {words[0]}")
        return 0

    def happens(self, what: str) -> None:
        """Let something happen outside of the command line."""
        for form, deed in self._deeds().items():
            if form.endswith("…") and what.startswith(form.removesuffix("…")):
                deed(what.removeprefix(form.removesuffix("…")))
                return
            if form == what:
                deed("")
                return
        raise AssertionError(f"nothing like this happens here: {what}")

    def _deeds(self) -> Mapping[str, Callable[[str], None]]:
        return {
            "at the keyboard: …": lambda name: self._patch.setenv("SUDO_USER", name),
            "time passes: …": self._wait,
            "published: the records of …": self._publish,
            "published: …": self._set,
            "DNS fails for …": lambda domain: self._each_name(domain, self.zone.fail),
            "DNS works again for …": lambda domain: self._each_name(domain, self.zone.heal),
            "the next server takes the mail": lambda _: self._carry(TAKEN),
            "the next server says 451": lambda _: self._carry(BUSY),
            "the next server says 451, word for word": lambda _: self._carry(SPOKEN),
            "the next server says 550": lambda _: self._carry(UNKNOWN),
            "a site rests for half an hour: …": self._rest,
            "a smarthost says 535: …": self._refuse_login,
            "the webhook answers …": lambda status: self._post(int(status)),
            "an answer comes to …": self._answer,
        }

    def _wait(self, span: str) -> None:
        self.clock.advance(seconds=parse_duration(span) / timedelta(seconds=1))

    def _publish(self, domain: str) -> None:
        zone, code = self.type(f"loftbox domain records {domain} --zone")
        assert code == 0, zone
        self.zone.load(zone)

    def _each_name(self, domain: str, change: Callable[[str], None]) -> None:
        names, _ = self.type(f"loftbox domain records {domain} -q")
        for name in names.splitlines():
            change(name)

    def _set(self, record: str) -> None:
        name, kind, value = record.split(" ", 2)
        self.zone.set(name, kind, [] if value == "nothing" else [value])

    @contextmanager
    def _house(self) -> Iterator[House]:
        path = self.home / "data/loftbox" / wiring.STORE_FILE
        store = SqliteStore(path, mint=Mint(self.clock).mint)
        try:
            operator = store.glance(lambda tx: tx.mailboxes.get(tx.facts.get(OPERATOR_FACT).value))
            yield House(path, store, self.clock, operator)
        finally:
            store.close()

    def _carry(self, report: object) -> None:
        with self._house() as house:
            for delivery in house.claim():
                house.record(delivery, report)  # type: ignore[arg-type] # one of the house's reports

    def _rest(self, destination: str) -> None:
        now = self.clock.now()
        until = now + timedelta(minutes=30)
        with self._house() as house:
            house.do(outcomes.keep_rest, Rest("mx.test", (destination,), now, until, "421 4.7.0 [TSS04]"))

    def _refuse_login(self, smarthost: str) -> None:
        with self._house() as house:
            words = "535 5.7.8 bad password"
            house.do(routes.login_refused, smarthost, words, request_id=house.request(), now=house.now)

    def _post(self, status: int) -> None:
        with self._house() as house:
            posts = house.do(
                notify.claim, 50, each=50, busy=(), opened=lambda _: spell_secret(b"s" * 32), now=house.now
            )
            for post in posts:
                house.do(
                    notify.record,
                    post.notification.id,
                    post.notification.fence,
                    Posted(status, b"", took=12),
                    waits=WEBHOOK_WAITS,
                    spread=0.0,
                    started_at=house.now,
                    now=house.now,
                )

    def _answer(self, message_id: str) -> None:
        with self._house() as house:
            ours = house.message(message_id)
            answer = letter(
                ours.rcpt_to[0],
                subject=f"Re: {ours.subject}",
                in_reply_to=(ours.rfc_message_id,),
                text="Thanks!",
            )
            house.receive(ours.from_[0].address, reading=answer, mail_from=ours.rcpt_to[0])


@contextmanager
def served_zone() -> Iterator[ZoneServer]:
    """A DNS server in a thread of its own, because commands bring their own event loop."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = ZoneServer({("mx.example.com", "A"): ["192.0.2.1"]})
    asyncio.run_coroutine_threadsafe(server.open(), loop).result()
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
