from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.ids import ALPHABET, KeyId, spell
from loftbox_cli.core.key import (
    AGENT_SCOPES,
    PERSON_SCOPES,
    Key,
    Scope,
    check_scopes,
    hash_secret,
    read_key,
    spell_key,
)

NOW = datetime(2026, 11, 21, 9, 41, tzinfo=UTC)
KEY_ID = KeyId(spell("key", 1_795_254_062_000, 4711))
TEXT = spell_key(KEY_ID, bytes(range(32)))


@given(st.integers(0, 2**80 - 1), st.binary(min_size=32, max_size=32))
def test_a_key_reads_as_it_was_spelt(number: int, secret: bytes) -> None:
    key_id = KeyId(spell("key", number >> 32, number & (2**32 - 1)))
    text = spell_key(key_id, secret)
    assert len(text) == len("lb_live_") + 16 + 52 + 4
    found, stored = read_key(text)
    assert found == key_id
    assert stored == hash_secret(text[24:76])
    assert text[24:76] not in stored


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_two_secrets_have_two_hashes(one: bytes, two: bytes) -> None:
    hashes = {read_key(spell_key(KEY_ID, secret))[1] for secret in (one, two)}
    assert len(hashes) == len({one, two})


@pytest.mark.parametrize("place", range(8, len(TEXT)))
def test_one_wrong_character_anywhere_is_told_as_a_typing_error(place: int) -> None:
    # A checksum of 20 bits misses one typing error in a million; these 31 of each place are none of them.
    for character in set(ALPHABET) - {TEXT[place]}:
        with pytest.raises(BadInput, match="checksum"):
            read_key(TEXT[:place] + character + TEXT[place + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "lb_live_",
        TEXT[:-1],
        TEXT + "0",
        TEXT.upper(),
        TEXT.replace("lb_live_", "lb_test_"),
        TEXT.replace("lb_live_", ""),
        f"Bearer {TEXT}",
        TEXT[:20] + " " + TEXT[20:],
        TEXT[:20] + "u" + TEXT[21:],
        TEXT[:20] + "\0" + TEXT[21:],
        TEXT[:20] + "٣" + TEXT[21:],
    ],
)
def test_what_is_no_key_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_key(text)
    # How every key begins is no secret, and the next step says it.
    told = text.removeprefix("lb_live_")
    assert not told or told not in f"{caught.value.fact} {caught.value.fix}"


@given(st.text())
def test_any_text_is_a_key_or_bad_input(text: str) -> None:
    with pytest.raises(BadInput):
        read_key(text)


def test_white_space_around_a_pasted_key_is_forgiven() -> None:
    assert read_key(f" {TEXT}\n") == read_key(TEXT)


@pytest.mark.parametrize(
    ("expires", "revoked", "live"),
    [
        (None, None, True),
        (timedelta(microseconds=1), None, True),
        (timedelta(0), None, False),
        (None, timedelta(0), False),
        (timedelta(days=1), timedelta(days=-1), False),
    ],
)
def test_a_key_lives_until_it_expires_or_is_revoked(
    expires: timedelta | None, revoked: timedelta | None, live: bool
) -> None:
    key = Key(
        KEY_ID,
        "agent_1",
        "laptop",
        (Scope.SEND,),
        "",
        "",
        NOW,
        NOW + expires if expires is not None else None,
        NOW + revoked if revoked is not None else None,
    )
    assert key.live(NOW) is live


@pytest.mark.parametrize("of_agent", [True, False])
def test_every_set_of_scopes_is_allowed_or_refused_by_its_owner(*, of_agent: bool) -> None:
    allowed = AGENT_SCOPES if of_agent else PERSON_SCOPES
    for size in range(len(Scope) + 1):
        for chosen in map(frozenset, combinations(Scope, size)):
            if chosen and chosen <= allowed:
                check_scopes(chosen, of_agent=of_agent)
                assert not {Scope.SEND, Scope.APPROVE} <= chosen
            else:
                with pytest.raises(BadInput) as caught:
                    check_scopes(chosen, of_agent=of_agent)
                assert caught.value.field == "scopes"
