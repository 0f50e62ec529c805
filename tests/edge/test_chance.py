import re
import threading
from datetime import UTC, datetime, timedelta

from loftbox_cli.core.ids import ALPHABET, LENGTH
from loftbox_cli.edge.system.chance import Mint, spread, token
from loftbox_cli.edge.system.clock import SystemClock


class FakeClock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


def test_ids_have_the_form_and_sort_by_time() -> None:
    clock = FakeClock()
    mint = Mint(clock)
    first = mint.mint("msg")
    clock.time += timedelta(milliseconds=1)
    second = mint.mint("msg")
    assert re.fullmatch(rf"msg_[{ALPHABET}]{{{LENGTH}}}", first)
    assert first < second


def test_ids_grow_within_a_millisecond() -> None:
    mint = Mint(FakeClock())
    ids = [mint.mint("evt") for _ in range(5000)]
    assert ids == sorted(set(ids))


def test_ids_grow_when_the_clock_steps_back() -> None:
    clock = FakeClock()
    mint = Mint(clock)
    before = mint.mint("evt")
    clock.time -= timedelta(days=400)
    assert mint.mint("evt") > before


def test_a_used_up_millisecond_borrows_the_next() -> None:
    mint = Mint(FakeClock())
    mint.mint("evt")
    mint._tail = 0xFFFFFFFF
    last = mint.mint("evt")
    assert last < mint.mint("evt")


def test_threads_never_get_the_same_id() -> None:
    mint = Mint(SystemClock())
    ids: list[str] = []

    def take() -> None:
        ids.extend([mint.mint("evt") for _ in range(2000)])

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 8000


def test_the_clock_is_aware_and_in_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_spread_lies_between_nought_and_one_and_tokens_differ() -> None:
    assert all(0 <= spread() < 1 for _ in range(1000))
    assert len({token() for _ in range(100)}) == 100
