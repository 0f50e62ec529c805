from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.ids import ALPHABET, LENGTH, base32, spell

MILLISECONDS = st.integers(0, 2**48 - 1)
TAILS = st.integers(0, 2**32 - 1)


@given(MILLISECONDS, TAILS, MILLISECONDS, TAILS)
def test_ids_sort_by_time_and_then_by_tail(one: int, tail: int, two: int, other: int) -> None:
    assert (spell("msg", one, tail) < spell("msg", two, other)) == ((one, tail) < (two, other))


@given(MILLISECONDS, TAILS)
def test_an_id_is_a_prefix_and_sixteen_characters_that_nobody_misreads(at: int, tail: int) -> None:
    spelt = spell("thread", at, tail)
    prefix, _, rest = spelt.partition("_")
    assert (prefix, len(rest)) == ("thread", LENGTH)
    assert set(rest) <= set(ALPHABET)
    assert not set(ALPHABET) & set("ilou")


def test_the_first_and_the_last_id() -> None:
    assert spell("msg", 0, 0) == "msg_" + "0" * 16
    assert spell("msg", 2**48 - 1, 2**32 - 1) == "msg_" + "z" * 16


@given(st.integers(0, 2**80 - 1))
def test_base32_counts_by_thirty_two(number: int) -> None:
    value = 0
    for character in base32(number, 16):
        value = value * 32 + ALPHABET.index(character)
    assert value == number
